import { assertEquals } from "@std/assert";
import { accessesSince, Brackets } from "./_brackets.ts";
import { begins, created, ends, journalOf, nodeWrites, reads, writes } from "./_journal.ts";

/** Takes a journal; returns the position of the begin that each end ended. */
function ended(brackets: Brackets, lines: Parameters<typeof journalOf>[0]): (number | undefined)[] {
  return journalOf(lines).flatMap((event) => {
    const begin = brackets.take(event);
    return event.kind === "bracket" && event.edge === "end" ? [begin?.seq] : [];
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

Deno.test("accessesSince() gives the accesses through the memory's dma-buf in between", () => {
  const journal = journalOf([
    writes(0, 1),
    begins("w"),
    writes(0, 2),
    reads(0, 3),
    nodeWrites(0, 4),
    writes(0, 5, { memory: "m2" }),
    ends("w"),
    writes(0, 6),
  ]);
  const begin = journal[1];
  if (begin?.kind !== "bracket") throw new Error("The second entry is the begin");
  const lengths = (until?: number): number[] =>
    accessesSince(journal, begin, until).map((event) => event.range.length);
  assertEquals(lengths(), [2, 3, 6]);
  assertEquals(lengths(6), [2, 3]);
  assertEquals(lengths(3), [2]);
});
