import { assertEquals } from "@std/assert";
import { created, nodeWrites, opened, range, synced, told } from "./_journal.ts";
import { rule } from "./sync_wider_than_written.ts";

const start = [opened({ lineBytes: 64 }), created()];

Deno.test("sync-wider-than-written tells by how much", () => {
  assertEquals(told(rule, [...start, nodeWrites(0, 64), synced(0, 4096)]), [
    "note line 4: The sync of bo1 asks for 0x0..0x1000 (4096 B), of which 0x0..0x40 (64 B) was " +
    "written since the last clean: 63 of 64 lines in vain",
  ]);
  assertEquals(told(rule, [...start, synced(0, 64)]), [
    "note line 3: The sync of bo1 asks for 0x0..0x40 (64 B), of which nothing was written since " +
    "the last clean: 1 of 1 lines in vain",
  ]);
  assertEquals(told(rule, [opened(), created(), synced(0, 64)])[0]?.endsWith("nobody told)"), true);
});

Deno.test("sync-wider-than-written counts bytes that were cleaned before as wide", () => {
  const lines = [...start, nodeWrites(0, 128), synced(0, 64), synced(0, 128)];
  assertEquals(
    told(rule, lines)[0]?.endsWith(
      "0x40..0x80 (64 B) was written since the last " +
        "clean: 1 of 2 lines in vain",
    ),
    true,
  );
});

Deno.test("sync-wider-than-written allows whole lines, and judges each of several ranges", () => {
  assertEquals(told(rule, [...start, nodeWrites(70, 4), synced(64, 64)]), []);
  assertEquals(told(rule, [...start, nodeWrites(70, 60), synced(64, 128)]), []);
  const two = (second: number) => synced(0, 64, { asked: [range(0, 64), range(second, 64)] });
  const written = [...start, nodeWrites(0, 64), nodeWrites(1024, 64)];
  assertEquals(told(rule, [...written, two(1024)]), []);
  assertEquals(told(rule, [...written, two(2048)]).length, 1);
});

Deno.test("sync-wider-than-written does not blame the caller for a whole-buffer interface", () => {
  const whole = synced(0, 64, { touched: [range(0, 4096)] });
  assertEquals(told(rule, [...start, nodeWrites(0, 64), whole]), []);
});

Deno.test("sync-wider-than-written judges cleans of cached memory alone", () => {
  const cases = [
    [...start, synced(0, 64, { effect: "clean-invalidate" })],
    [...start, synced(0, 64, { effect: "invalidate" })],
    [...start, synced(0, 64, { caching: "write-combined" })],
    [opened({ coherency: "coherent" }), created(), synced(0, 64)],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});
