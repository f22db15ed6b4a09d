import { assert, assertEquals } from "@std/assert";
import {
  begins,
  created,
  deviceReads,
  ends,
  journalOf,
  opened,
  range,
  synced,
  writes,
} from "./_journal.ts";
import type { LinePicture } from "./report.ts";
import { drawLines } from "./report_drawing.ts";
import { linesOf } from "./report_lines.ts";

const at = { command: "x", line: 3 };

Deno.test("drawLines() shows all, some and none of a column's bytes, lines apart", () => {
  const picture: LinePicture = {
    lineBytes: 16,
    assumed: false,
    rows: [
      { what: "CPU wrote", at, ranges: [range(18, 4), range(33, 1)] },
      { what: "begin r", at: { command: "x" } },
    ],
  };
  assertEquals(drawLines(picture), [
    "bytes 0x10..0x30, a byte a column; cache lines of 16 B: # all, . none, | between cache lines",
    "CPU wrote, line 3 |..####..........|.#..............|",
    "begin r           |################|################|",
  ]);
});

Deno.test("drawLines() takes more bytes a column where there is less room", () => {
  const picture: LinePicture = {
    lineBytes: 64,
    assumed: false,
    rows: [{ what: "CPU wrote", at, ranges: [range(64, 32), range(128, 4)] }],
  };
  assertEquals(drawLines(picture, 69 + 18)[1]?.length, 18 + 67);
  const [legend = "", bar = ""] = drawLines(picture, 54);
  assertEquals(legend.includes("4 B a column"), true, legend);
  assertEquals(bar, "CPU wrote, line 3 |########........|#...............|");
  // There is no picture of less than 8 columns.
  assertEquals(drawLines(picture, 1)[1], "CPU wrote, line 3 |##..|+...|");
});

Deno.test("drawLines() is bounded, however far apart and however many the ranges are", () => {
  const far: LinePicture = {
    lineBytes: 64,
    assumed: true,
    rows: [{ what: "CPU wrote", at, ranges: [range(0, 1), range(2 ** 40, 1)] }],
  };
  const [legend = "", bar = ""] = drawLines(far);
  assert(legend.includes("64 B (assumed)") && legend.includes("+ some"), legend);
  assert(bar.length < 120, bar);
  assertEquals(bar.match(/\+/g)?.length, 2);
  const many: LinePicture = {
    lineBytes: 64,
    assumed: false,
    rows: [{
      what: "cleaned",
      at,
      ranges: Array.from({ length: 100_000 }, (_, i) => range(i * 128, 64)),
    }],
  };
  assert(drawLines(many).every((line) => line.length < 120));
});

Deno.test("linesOf() tells what the events of a finding did to the memory of the last one", () => {
  const journal = journalOf([
    opened({ lineBytes: 32 }),
    created(),
    writes(0, 4),
    writes(0, 4, { memory: "m2" }),
    synced(0, 1, { touched: [range(0, 32)] }),
    begins("r"),
    deviceReads(0, 64, [range(32, 4)]),
  ]);
  const picture = linesOf({ events: [1, 2, 3, 4, 5, 6] }, journal);
  assertEquals([picture?.lineBytes, picture?.assumed], [32, false]);
  assertEquals(picture?.rows.map(({ what, ranges }) => [what, ranges]), [
    ["CPU wrote", [range(0, 4)]],
    ["sync asked", [range(0, 1)]],
    ["cleaned", [range(0, 32)]],
    ["begin r", undefined],
    ["device read", [range(0, 64)]],
    ["stale", [range(32, 4)]],
  ]);
  // Counted on the simulator: no line, where the exporter has no hooks.
  const counts = {
    linesCleaned: 0,
    linesInVain: 0,
    dirtyBytesDiscarded: 0,
    pagesMoved: 0,
  };
  const counted = journalOf([
    writes(0, 4),
    ends("w", { books: { ...counts, linesTouched: 0 } }),
    ends("w", { books: { ...counts, linesTouched: 64 } }),
  ]);
  assertEquals(
    linesOf({ events: [0, 1, 2] }, counted)?.rows.map(({ ranges }) => ranges),
    [[range(0, 4)], [], undefined],
  );
  assertEquals(linesOf({ events: [1] }, journal), undefined, "no bytes in it");
  assertEquals(linesOf({ events: [5] }, journal), undefined, "all bytes are no range");
  assertEquals(linesOf({ events: [] }, journal), undefined);
  assertEquals(linesOf({ events: [0] }, journalOf([writes(0, 4)]))?.assumed, true);
});
