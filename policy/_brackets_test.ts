import { assertEquals } from "@std/assert";
import { Brackets } from "./_brackets.ts";
import { begins, created, ends, journalOf } from "./_journal.ts";

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
