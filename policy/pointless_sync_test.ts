import { assertEquals } from "@std/assert";
import { begins, created, ends, opened, synced, told } from "./_journal.ts";
import { rule } from "./pointless_sync.ts";

Deno.test("pointless-sync notes a sync of write-combined memory, once for each buffer", () => {
  const combined = synced(0, 64, { caching: "write-combined" });
  assertEquals(told(rule, [opened(), created(), combined, combined]), [
    "note line 3: The sync of bo1 does nothing: bo1 is write-combined",
  ]);
  assertEquals(told(rule, [opened(), created(), combined, created(), combined]).length, 2);
});

Deno.test("pointless-sync notes a sync for a device that snoops", () => {
  for (const coherency of ["io-coherent", "coherent"] as const) {
    assertEquals(told(rule, [opened({ coherency }), created(), synced(0, 64)]), [
      "note line 3: The sync of bo1 does nothing: panthor snoops the CPU's caches",
    ]);
  }
});

Deno.test("pointless-sync leaves needed syncs, waits and brackets alone", () => {
  const cases = [
    [opened(), created(), synced(0, 64)],
    [opened({ coherency: "unknown" }), created(), synced(0, 64)],
    [opened(), created(), synced(0, 64, { caching: "write-combined", effect: "wait" })],
    [opened({ coherency: "coherent" }), created(), begins("rw"), ends("rw")],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});
