// What policy-check says of the scripts of fixtures/reproductions/, held against their headers.
import { assert, assertEquals } from "@std/assert";
import { checkJournal } from "../policy/check.ts";
import { boctl, jsonOf } from "./_boctl.ts";
import { boards } from "./_machine.ts";
import { pathOf, type Reproduction, reproductions } from "./_reproductions.ts";

interface Found {
  readonly rule: string;
  readonly severity: string;
}

const NOTHING = "none";

/** The rules that a script's header names: `# policy: none`, or ids in order. */
function expected(script: Reproduction): string {
  const text = Deno.readTextFileSync(new URL(`../${pathOf(script)}`, import.meta.url));
  return /^# policy: (.*)$/m.exec(text)?.[1] ?? "(the header has no line with policy)";
}

/** The rules that find an error or a warning, in order. */
function idsOf(findings: readonly Found[]): string {
  const ids = findings.filter(({ severity }) => severity !== "note").map(({ rule }) => rule);
  return [...new Set(ids)].sort().join(" ") || NOTHING;
}

for (const script of reproductions) {
  const mirrors = script.on.map((name) => `${boards[name]}/${script.device}`);
  for (const device of [...mirrors, ...script.boards ?? []]) {
    Deno.test(`policy-check of ${script.name} on ${device} is what its header says`, async () => {
      const answer = await boctl(`--json --device ${device} policy-check ${pathOf(script)}`);
      const report = jsonOf(answer).find(({ command }) => command === "policy-check");
      assert(report !== undefined, answer.err);
      const { findings } = report["result"] as { readonly findings: readonly Found[] };
      assertEquals(idsOf(findings), expected(script));
    });
  }
}

Deno.test("headers name rules that exist", async () => {
  const ids = reproductions.flatMap((script) => expected(script).split(" "));
  const select = [...new Set(ids)].filter((id) => id !== NOTHING);
  assertEquals(await checkJournal([], { select }), []);
});
