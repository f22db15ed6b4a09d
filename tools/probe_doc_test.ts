import { assert } from "@std/assert";
import { probeTable } from "./readme.ts";

Deno.test("docs/probe.md has the table of probes as their files have it", async () => {
  const document = await Deno.readTextFile(new URL("../docs/probe.md", import.meta.url));
  const table = await probeTable();
  assert(document.includes(table), `Run deno task readme; the table is now:\n${table}`);
});
