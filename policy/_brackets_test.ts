import { assertEquals } from "@std/assert";
import { Brackets } from "./_brackets.ts";
import { begins, created, ends, journalOf, nodeWrites, reads, writes } from "./_journal.ts";

/** Takes a journal; returns the position of the begin that each end ended. */
function ended(brackets: Brackets, lines: Parameters<typeof journalOf>[0]): (number | undefined)[] {
  return journalOf(lines).flatMap((event) => {
    const ended = brackets.take(event);
    return event.kind === "bracket" && event.edge === "end" ? [ended?.begin.seq] : [];
  });
}

Deno.test("take() ends the newest begin of the same direction, else the newest", () => {
  assertEquals(ended(new Brackets(), [begins("r"), begins("w"), ends("r"), ends("w")]), [0, 1]);
  assertEquals(ended(new Brackets(), [begins("r"), begins("r"), ends("r"), ends("r")]), [1, 0]);
  assertEquals(ended(new Brackets(), [begins("r"), begins("w"), ends("rw"), ends("r")]), [1, 0]);
  assertEquals(ended(new Brackets(), [ends("r"), begins("r")]), [undefined]);
});

Deno.test("take() keeps memories apart and descriptors of one memory together", () => {
  const other = { memory: "m2", dmaBuf: "db2" };
  assertEquals(ended(new Brackets(), [begins("r"), ends("r", other)]), [undefined]);
  assertEquals(ended(new Brackets(), [begins("r"), ends("r", { dmaBuf: "db9" })]), [0]);
});

Deno.test("take() starts anew with a buffer that is created", () => {
  const brackets = new Brackets();
  assertEquals(ended(brackets, [begins("r"), created(), ends("r")]), [undefined]);
  assertEquals(brackets.allOpen(), []);
});

Deno.test("an open bracket keeps what the CPU did through the memory's dma-buf since", () => {
  const brackets = new Brackets();
  const at = (): readonly [string | undefined, string | undefined, number] => {
    const [open] = brackets.open("m1");
    const bytes = (open?.writes ?? []).reduce((sum, { length }) => sum + length, 0);
    return [open?.worst, open?.worstWrite, bytes];
  };
  const journal = journalOf([
    writes(0, 1),
    begins("w"),
    reads(0, 3),
    nodeWrites(0, 4),
    writes(0, 5, { memory: "m2" }),
    writes(8, 2, { caching: "write-combined" }),
    writes(0, 6),
  ]);
  const seen = journal.map((event) => {
    brackets.take(event);
    return at();
  });
  assertEquals(seen.slice(1), [
    [undefined, undefined, 0],
    ["error", undefined, 0],
    ["error", undefined, 0],
    ["error", undefined, 0],
    ["error", "note", 2],
    ["error", "error", 8],
  ]);
});
