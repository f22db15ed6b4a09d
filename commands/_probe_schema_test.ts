import { assertEquals } from "@std/assert";
import { validate } from "../tools/_json_schema.ts";
import { boctl } from "./_test_kit.ts";

Deno.test("policy-check --probe --json is as schemas/policy-check.schema.json says", async () => {
  const answers = [];
  for (const line of ["panthor@6.12", "begin-migrates", "qemu --heap system", "qemu --udmabuf"]) {
    const [board, ...subject] = line.split(" ");
    const words = `--json --device sim:${board} policy-check --probe ${subject.join(" ")}`;
    answers.push(JSON.parse((await boctl(words)).out));
  }
  const refused = "--json --device sim:qemu policy-check --probe --on renderD129";
  answers.push(JSON.parse((await boctl(refused)).out));
  const wrong = structuredClone(answers);
  wrong[0].result.probes[0].answer = "perhaps";
  wrong[1].result.probes[0].more = 1;
  delete wrong[2].result.profile;
  wrong[3].result.findings = -1;
  delete wrong[4].result.probes[0].detail;
  const told = await validate("schemas/policy-check.schema.json", [...answers, ...wrong]);
  assertEquals(told.slice(0, answers.length), answers.map(() => []));
  assertEquals(told.slice(answers.length).map((problems) => problems.length > 0), [
    true,
    true,
    true,
    true,
    true,
  ]);
});
