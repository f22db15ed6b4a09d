import { assertEquals } from "@std/assert";
import type { EventBody } from "../workspace/journal.ts";
import { begins, created, ends, journalOf, synced } from "./_journal.ts";
import { maintenanceOf } from "./_maintenance.ts";

Deno.test("maintenanceOf() knows which lines are in no cache afterwards", () => {
  const drops = [
    synced(0, 64, { effect: "clean-invalidate" }),
    synced(0, 64, { effect: "invalidate" }),
    begins("r"),
    begins("rw"),
  ];
  const keeps = [synced(0, 64), begins("w"), ends("r"), ends("rw")];
  for (const step of journalOf(drops).map(maintenanceOf)) assertEquals(step?.drops, true);
  for (const step of journalOf(keeps).map(maintenanceOf)) assertEquals(step?.drops, false);
});

Deno.test("maintenanceOf() knows what cleans and what invalidates", () => {
  const cases: [EventBody, "cleans" | "invalidates" | "neither"][] = [
    [synced(0, 64), "cleans"],
    [synced(0, 64, { effect: "clean-invalidate" }), "cleans"],
    [synced(0, 64, { effect: "invalidate" }), "invalidates"],
    [synced(0, 64, { effect: "wait" }), "neither"],
    [synced(0, 64, { effect: "none" }), "neither"],
    [begins("r"), "invalidates"],
    [begins("rw"), "invalidates"],
    [begins("w"), "neither"],
    [ends("r"), "neither"],
    [ends("w"), "cleans"],
    [ends("rw"), "cleans"],
  ];
  for (const [body, expected] of cases) {
    const step = journalOf([body]).map(maintenanceOf)[0];
    assertEquals(
      step && { cleans: step.cleans, invalidates: step.invalidates },
      { cleans: expected === "cleans", invalidates: expected === "invalidates" },
    );
  }
  assertEquals(journalOf([created()]).map(maintenanceOf), [undefined]);
});
