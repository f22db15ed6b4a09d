import { assertEquals } from "@std/assert";
import { allocated, created, exported, imported, told } from "./_journal.ts";
import { rule } from "./late_rdwr.ts";

const late = exported({ dmaBuf: "db2", mode: "ro", first: false });

Deno.test("late-rdwr names the export that fixed the mode", () => {
  const first = exported({ askedRdwr: false, mode: "ro" });
  assertEquals(told(rule, [created(), first, late]), [
    "warning line 3: Export db2 of bo1 asked for DRM_RDWR and is read-only all the same: " +
    "its first export (db1, line 2) fixed the mode",
  ]);
  assertEquals(told(rule, [created(), first, late, { ...late, dmaBuf: "db3" }]).length, 2);
});

Deno.test("late-rdwr names the allocation where an import is exported again", () => {
  assertEquals(told(rule, [allocated({ mode: "ro" }), imported(), { ...late, buffer: "bo2" }]), [
    "warning line 3: Export db2 of bo2 asked for DRM_RDWR and is read-only all the same: " +
    "it was allocated so (db1, line 1)",
  ]);
});

Deno.test("late-rdwr tells of a first export that this journal does not have", () => {
  assertEquals(told(rule, [imported(), { ...late, buffer: "bo2", first: true }]), [
    "warning line 2: Export db2 of bo2 asked for DRM_RDWR and is read-only all the same: " +
    "it was made so outside this journal",
  ]);
});

Deno.test("late-rdwr leaves exports alone that got what they asked for", () => {
  const plain = exported({ askedRdwr: false, mode: "ro" });
  assertEquals(told(rule, [created(), exported()]), []);
  assertEquals(told(rule, [created(), plain, { ...plain, dmaBuf: "db2", first: false }]), []);
  assertEquals(told(rule, [exported(), exported({ dmaBuf: "db2", first: false })]), []);
  // Not asked for, and writable all the same: more than asked is no breach.
  assertEquals(
    told(rule, [exported(), exported({ dmaBuf: "db2", first: false, askedRdwr: false })]),
    [],
  );
});
