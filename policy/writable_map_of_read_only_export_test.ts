import { assertEquals } from "@std/assert";
import { errno } from "../ffi/errno.ts";
import { allocated, created, exported, imported, mapped, told } from "./_journal.ts";
import { rule } from "./writable_map_of_read_only_export.ts";

const readOnly = exported({ askedRdwr: false, mode: "ro" });

Deno.test("writable-map-of-read-only-export warns of a map that was refused", () => {
  const refused = mapped({ mode: "ro", errno: errno.EACCES });
  assertEquals(told(rule, [created(), readOnly, refused]), [
    "warning line 3: A writable map of db1 was refused with EACCES: the dma-buf is read-only; " +
    "its first export (db1, line 2) fixed the mode",
  ]);
  assertEquals(told(rule, [allocated({ mode: "ro" }), refused]), [
    "warning line 2: A writable map of db1 was refused with EACCES: the dma-buf is read-only; " +
    "it was allocated so (db1, line 1)",
  ]);
  assertEquals(told(rule, [allocated({ mode: "ro", from: "descriptor" }), refused]), [
    "warning line 2: A writable map of db1 was refused with EACCES: the dma-buf is read-only; " +
    "it came so (db1, line 1)",
  ]);
});

Deno.test("writable-map-of-read-only-export calls a map through the importer's node an error", () => {
  const through = mapped({ of: "bo2", via: "node", importThroughNode: true, mode: "ro" });
  assertEquals(told(rule, [created(), readOnly, imported(), through]), [
    "error line 4: map1 maps bo2 for writing through its importer's node although the dma-buf " +
    "is read-only, which the kernel did not check and the exporter cannot notice; " +
    "its first export (db1, line 2) fixed the mode",
  ]);
  assertEquals(told(rule, [imported(), through]), [
    "error line 2: map1 maps bo2 for writing through its importer's node although the dma-buf " +
    "is read-only, which the kernel did not check and the exporter cannot notice; " +
    "it was made so outside this journal",
  ]);
});

Deno.test("writable-map-of-read-only-export leaves other maps alone", () => {
  const node = { of: "bo1", via: "node" as const };
  const cases = [
    // For reading, refused or not.
    [readOnly, mapped({ mode: "ro", writable: false })],
    [readOnly, mapped({ mode: "ro", writable: false, errno: errno.EACCES })],
    // Refused for another reason: bounds.
    [readOnly, mapped({ mode: "ro", errno: errno.EINVAL })],
    // The owner's own map through its own node, of a buffer that was exported read-only.
    [created(), readOnly, mapped({ ...node, mode: "ro" })],
    // A node that was opened read-only.
    [imported(), mapped({ ...node, importThroughNode: true, mode: "ro", errno: errno.EACCES })],
    // The dma-buf is writable, or there is none.
    [exported(), mapped({ mode: "rw" })],
    [exported(), imported(), mapped({ ...node, importThroughNode: true, mode: "rw" })],
    [created(), mapped({ ...node, errno: errno.EACCES })],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});
