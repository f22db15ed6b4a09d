import { assertEquals } from "@std/assert";
import type { EventBody } from "../workspace/journal.ts";
import { allocated, created, imported, journalOf, opened } from "./_journal.ts";
import { missedBy, Reach } from "./_reach.ts";

function reachOf(bodies: readonly EventBody[]): Reach {
  const reach = new Reach();
  for (const event of journalOf(bodies)) reach.take(event);
  return reach;
}

Deno.test("Reach has the coherency of the user that sees least of the CPU's caches", () => {
  const display = { device: "display" };
  const both = (a: "coherent" | "unknown", b: "io-coherent" | "non-coherent"): EventBody[] => [
    opened({ coherency: a }),
    opened({ ...display, coherency: b }),
    created(),
  ];
  assertEquals(reachOf([...both("coherent", "non-coherent")]).coherency("m1"), "coherent");
  const shared = [...both("coherent", "non-coherent"), imported(display)];
  assertEquals(reachOf(shared).coherency("m1"), "non-coherent");
  const untold = [...both("unknown", "io-coherent"), imported(display)];
  assertEquals(reachOf(untold).coherency("m1"), "unknown");
  // Nobody has it mapped for a device.
  assertEquals(reachOf([opened(), allocated()]).coherency("m1"), undefined);
});

Deno.test("Reach has the size of a line from the journal, or says what it takes", () => {
  assertEquals(reachOf([opened({ lineBytes: 128 })]).lineBytes, 128);
  assertEquals(reachOf([opened({ lineBytes: 128 })]).lineNote, "");
  assertEquals(reachOf([opened()]).lineBytes, 64);
  assertEquals(reachOf([opened()]).lineNote, " (with lines of 64 bytes, which nobody told)");
});

Deno.test("missedBy() is an error only where it is known", () => {
  assertEquals(missedBy("non-coherent"), "error");
  assertEquals(missedBy("unknown"), "warning");
  assertEquals([missedBy("io-coherent"), missedBy("coherent")], [undefined, undefined]);
});
