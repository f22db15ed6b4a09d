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

Deno.test("policy-check --select without a rule is wrong usage, not a pass", async () => {
  const [code, , err] = await checked("create --size 4KiB\n", "--select=,");
  assertEquals([code, err.split("\n")[0]], [2, "boctl: --select names no rule"]);
});
