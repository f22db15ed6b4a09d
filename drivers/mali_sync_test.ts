import { assertEquals } from "@std/assert";
import type { BufferFacts, Coherency, SyncIntent } from "./driver.ts";
import { maliSyncOps, maliSyncType, planMaliSync } from "./mali_sync.ts";

const cached: BufferFacts = { handle: 1, size: 4096, caching: "write-back", imported: false };
const accesses = ["r", "w", "rw"] as const;

function opOf(buffer: Partial<BufferFacts>, coherency: Coherency, to: SyncIntent["for"]): string {
  const ops = accesses.map((access) =>
    planMaliSync({ ...cached, ...buffer }, coherency, { for: to, access }).op
  );
  assertEquals(new Set(ops).size, 1, "the access changes nothing");
  return ops[0] ?? "";
}

Deno.test("planMaliSync() cleans for the device, and invalidates, too, for the CPU", () => {
  for (const coherency of ["non-coherent", "unknown"] as const) {
    assertEquals(opOf({}, coherency, "device"), "flush");
    assertEquals(opOf({}, coherency, "cpu"), "flush-invalidate");
  }
});

Deno.test("planMaliSync() has nothing to do where no cache is between CPU and device", () => {
  const cases: readonly (readonly [Partial<BufferFacts>, Coherency])[] = [
    [{ caching: "write-combined" }, "non-coherent"],
    [{}, "io-coherent"],
    [{}, "coherent"],
    [{ imported: true }, "non-coherent"],
    [{ caching: "unknown" }, "unknown"],
  ];
  for (const [buffer, coherency] of cases) {
    for (const to of ["device", "cpu"] as const) {
      assertEquals(opOf(buffer, coherency, to), "none", JSON.stringify({ buffer, coherency }));
      const { why } = planMaliSync({ ...cached, ...buffer }, coherency, { for: to, access: "rw" });
      assertEquals(why === undefined, false, "and says why");
    }
  }
});

Deno.test("maliSyncType() is the uAPI's number of each operation", () => {
  assertEquals(Object.values(maliSyncOps).map(maliSyncType), [0, 1]);
});
