import { assertEquals } from "@std/assert";
import { errno } from "../ffi/errno.ts";
import { rule } from "./import_mapped_through_node.ts";
import { created, found, imported, journalOf, mapped, told } from "./_journal.ts";

const through = mapped({ of: "bo2", via: "node", importThroughNode: true });

Deno.test("import-mapped-through-node warns of a map through the importer's node", () => {
  assertEquals(told(rule, [created(), imported(), through]), [
    "warning line 3: map1 maps bo2 (import of db1, line 2) through its importer's node instead " +
    "of its dma-buf",
  ]);
});

Deno.test("import-mapped-through-node shows the import where the journal has it", () => {
  const events = (lines: Parameters<typeof journalOf>[0]): (readonly number[])[] =>
    found(rule, journalOf(lines)).map((finding) => finding.events);
  assertEquals(events([created(), imported(), through]), [[1, 2]]);
  assertEquals(events([created(), through]), [[1]]);
});

Deno.test("import-mapped-through-node notes a map that was refused", () => {
  assertEquals(told(rule, [imported(), { ...through, errno: errno.EINVAL }]), [
    "note line 2: A map of bo2 (import of db1, line 1) through its importer's node was refused " +
    "with EINVAL; other drivers let it through",
  ]);
});

Deno.test("import-mapped-through-node leaves other maps alone", () => {
  // The import through its dma-buf, and one's own buffer through its node.
  assertEquals(told(rule, [imported(), mapped({ of: "bo2" })]), []);
  assertEquals(told(rule, [created(), mapped({ of: "bo1", via: "node" })]), []);
  // PRIME gives a device its own object back.
  assertEquals(told(rule, [created(), imported({ foreign: false }), through]), []);
});

Deno.test("import-mapped-through-node judges by the last import of a name", () => {
  assertEquals(told(rule, [imported({ foreign: false }), imported(), through]).length, 1);
});
