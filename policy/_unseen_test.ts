import { assertEquals } from "@std/assert";
import type { EventBody } from "../workspace/journal.ts";
import { begins, deviceWrites, journalOf, range, reads, synced, writes } from "./_journal.ts";
import { Unseen } from "./_unseen.ts";

/** What is left unseen, of the first KiB, with lines of 64 bytes. */
function left(bodies: readonly EventBody[]): string[] {
  const unseen = new Unseen();
  for (const event of journalOf(bodies)) unseen.take(event, 64);
  return unseen.within("m1", range(0, 1024)).map(({ offset, length, value }) =>
    `${offset}:${length}${value.old ? " old" : ""}`
  );
}

const drops = (offset: number, length: number) =>
  synced(offset, length, { effect: "clean-invalidate" });

Deno.test("Unseen knows which lines the CPU's caches hold from before", () => {
  assertEquals(left([reads(60, 8), deviceWrites(0, 256)]), ["0:128 old", "128:128"]);
  assertEquals(left([deviceWrites(0, 64), reads(0, 4)]), ["0:64"]);
  const combined = reads(0, 4, { caching: "write-combined" });
  assertEquals(left([combined, deviceWrites(0, 64)]), ["0:64"]);
});

Deno.test("Unseen forgets what an invalidate covers, and that the rest of its lines was old", () => {
  assertEquals(left([reads(0, 128), deviceWrites(0, 128), drops(0, 32)]), ["32:32", "64:64 old"]);
  assertEquals(left([reads(0, 128), deviceWrites(0, 128), begins("r")]), []);
  assertEquals(left([reads(0, 128), drops(0, 64), deviceWrites(0, 128)]), ["0:64", "64:64 old"]);
});

Deno.test("Unseen forgets what the CPU writes itself, and nothing by a clean", () => {
  assertEquals(left([deviceWrites(0, 64), writes(16, 16)]), ["0:16", "32:32"]);
  assertEquals(left([deviceWrites(0, 64), synced(0, 64), begins("w")]), ["0:64"]);
});
