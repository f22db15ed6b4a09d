import { assertEquals } from "@std/assert";
import { begins, books, created, ends, exported, opened, synced, told } from "./_journal.ts";
import { rule } from "./sync_moves_memory.ts";

const moved = (pagesMoved: number) => ({ books: books({ pagesMoved }) });

Deno.test("sync-moves-memory tells of a begin or a sync that moves pages, once for each name", () => {
  const lines = [opened(), created(), exported(), begins("r", moved(16)), begins("r", moved(16))];
  assertEquals(told(rule, lines), [
    "warning line 4: The begin r of db1 moved 16 pages of the buffer",
  ]);
  assertEquals(told(rule, [opened(), created(), synced(0, 64, moved(1))]), [
    "warning line 3: The sync of bo1 moved 1 page of the buffer",
  ]);
  assertEquals(told(rule, [...lines, created(), begins("r", moved(1))]).length, 2);
});

Deno.test("sync-moves-memory is silent where nothing moves or nothing counts", () => {
  const lines = [begins("r", moved(0)), begins("r"), ends("r", moved(0)), synced(0, 64)];
  assertEquals(told(rule, [opened(), created(), ...lines]), []);
});
