import { assertEquals } from "@std/assert";
import type { EventBody } from "../workspace/journal.ts";
import { created, deviceReads, deviceWrites, job, journalOf } from "./_journal.ts";
import { Landings } from "./_landings.ts";

/** What lands with each entry: `OFFSET:LENGTH of SEQ`, and whether it may come again. */
function landed(bodies: readonly EventBody[]): string[][] {
  const landings = new Landings();
  return journalOf(bodies).map((event) =>
    landings.take(event).map(({ range, write, running }) =>
      `${range.offset}:${range.length} of ${write.seq}${running ? ", running" : ""}`
    )
  );
}

Deno.test("Landings: what a device writes outside of a job arrives at once", () => {
  assertEquals(landed([deviceWrites(0, 4), deviceReads(0, 4)]), [["0:4 of 0"], []]);
});

Deno.test("Landings: what a job writes may arrive at once and arrives at its end, the last of it", () => {
  assertEquals(
    landed([job("begin"), deviceWrites(0, 8), deviceWrites(4, 8), job("end"), job("end")]),
    [[], ["0:8 of 1, running"], ["4:8 of 2, running"], ["0:4 of 1", "4:8 of 2"], []],
  );
});

Deno.test("Landings: jobs of other devices and of a buffer that is gone are none of it", () => {
  const other = { device: "other" };
  assertEquals(landed([job("begin", other), deviceWrites(0, 4), job("end")]), [
    [],
    ["0:4 of 1"],
    [],
  ]);
  assertEquals(landed([job("begin"), created(), deviceWrites(0, 4)]).at(-1), ["0:4 of 2"]);
});
