import { assert, assertEquals } from "@std/assert";
import { invoke } from "./invoke.ts";

async function checked(script: string, ...options: string[]): Promise<[number, string, string]> {
  const file = await Deno.makeTempFile();
  const out: string[] = [];
  const err: string[] = [];
  try {
    await Deno.writeTextFile(file, script);
    const code = await invoke({
      args: ["--device", "sim:panthor", "policy-check", file, ...options],
      env: () => undefined,
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      signal: new AbortController().signal,
    });
    return [code, out.join("\n"), err.join("\n")];
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("policy-check of a script that stops tells what the rules found before it", async () => {
  const [code, out, err] = await checked(
    "create --size 4KiB\nexport bo1\nmmap db1 --write 0=aa\n",
  );
  assertEquals(code, 3);
  assert(out.includes("writable-map-of-read-only-export"), out);
  assert(err.includes(":3:1: mmap on db1: EACCES"), err);
});

Deno.test("policy-check of a script that stops says so in every report", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [junit, sarif] = [`${folder}/j.xml`, `${folder}/s.sarif`];
    const options = ["--severity", "error", "--junit", junit, "--sarif", sarif];
    const script = "create --size 4KiB --private --as a\nexport a\n";
    const [code, tap] = await checked(script, ...options, "--tap");
    assertEquals(code, 3);
    assert(/^not ok \d+ - ran-to-its-end$/m.test(tap), tap);
    const xml = await Deno.readTextFile(junit);
    assert(xml.includes('failures="1"') && xml.includes('name="ran-to-its-end"><failure'), xml);
    const { runs: [{ invocations }] } = JSON.parse(await Deno.readTextFile(sarif));
    assertEquals(invocations[0].executionSuccessful, false);
    const [skip, skipped] = await checked("create --size 4KiB\nrequire driver lima\n", "--tap");
    assertEquals(skip, 77);
    assert(/^ok \d+ - ran-to-its-end # SKIP /m.test(skipped), skipped);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("policy-check --select without a rule is wrong usage, not a pass", async () => {
  const [code, , err] = await checked("create --size 4KiB\n", "--select=,");
  assertEquals([code, err.split("\n")[0]], [2, "boctl: --select names no rule"]);
});
