import { assertEquals } from "@std/assert";
import { FirstModes } from "./_first_mode.ts";
import { allocated, created, exported, imported, journalOf } from "./_journal.ts";

/** What the journal says fixed the mode of m1. */
function fixed(lines: Parameters<typeof journalOf>[0]): string {
  const modes = new FirstModes();
  for (const event of journalOf(lines)) modes.take(event);
  return modes.text("m1", { file: "test.boctl", command: "" });
}

const readOnly = exported({ askedRdwr: false, mode: "ro" });
const outside = "it was made so outside this journal";

Deno.test("FirstModes keeps the first export of a memory", () => {
  const second = exported({ dmaBuf: "db2", mode: "ro", first: false });
  assertEquals(fixed([created(), readOnly]), "its first export (db1, line 2) fixed the mode");
  assertEquals(fixed([readOnly, second]), "its first export (db1, line 1) fixed the mode");
  assertEquals(fixed([allocated({ mode: "ro" }), second]), "it was allocated so (db1, line 1)");
  // A descriptor that came in later is of the same file.
  const came = allocated({ dmaBuf: "db2", mode: "ro", from: "descriptor" });
  assertEquals(fixed([readOnly, came]), "its first export (db1, line 1) fixed the mode");
});

Deno.test("FirstModes starts anew with a new dma-buf and a new buffer", () => {
  const anew = exported({ dmaBuf: "db2", askedRdwr: false, mode: "ro", first: true });
  assertEquals(fixed([readOnly, anew]), "its first export (db2, line 2) fixed the mode");
  assertEquals(fixed([readOnly, created()]), outside);
});

Deno.test("FirstModes does not blame what left the mode writable", () => {
  assertEquals(fixed([exported()]), outside);
  assertEquals(fixed([imported()]), outside);
  assertEquals(fixed([exported({ memory: "m2", mode: "ro" })]), outside);
});
