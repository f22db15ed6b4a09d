import { assertEquals } from "@std/assert";
import type { ByteRange } from "../ffi/kernel.ts";
import { byteCount, intersect, subtract, union, wholeBuffer } from "./_ranges.ts";

/** `[start, end]` pairs are easier to read in a table. */
const of = (...pairs: readonly [number, number][]): ByteRange[] =>
  pairs.map(([start, end]) => ({ offset: start, length: end - start }));

Deno.test("union() sorts, joins what overlaps or touches and drops what is empty", () => {
  assertEquals(union([]), []);
  assertEquals(union(of([8, 9], [0, 4], [4, 6], [7, 7])), of([0, 6], [8, 9]));
  assertEquals(union(of([0, 10], [2, 3], [9, 12])), of([0, 12]));
});

Deno.test("intersect() keeps the bytes that are in both", () => {
  assertEquals(intersect(of([0, 4], [8, 12]), of([2, 10])), of([2, 4], [8, 10]));
  assertEquals(intersect(of([0, 4]), of([4, 8])), []);
  assertEquals(intersect(of([5, 6]), [wholeBuffer]), of([5, 6]));
  assertEquals(intersect([], of([0, 1])), []);
});

Deno.test("subtract() cuts holes", () => {
  const cases: [ByteRange[], ByteRange[], ByteRange[]][] = [
    [of([0, 10]), [], of([0, 10])],
    [of([0, 10]), of([2, 4], [6, 7]), of([0, 2], [4, 6], [7, 10])],
    [of([0, 10]), of([0, 3], [9, 12]), of([3, 9])],
    [of([0, 10]), [wholeBuffer], []],
    [of([0, 4], [8, 12]), of([3, 9]), of([0, 3], [9, 12])],
    [of([4, 8]), of([0, 4], [8, 9]), of([4, 8])],
  ];
  for (const [from, minus, expected] of cases) assertEquals(subtract(from, minus), expected);
});

Deno.test("the operations agree with sets of bytes", () => {
  let state = 1;
  const random = (below: number): number => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
  const some = (): ByteRange[] =>
    Array.from({ length: random(5) }, () => ({ offset: random(30), length: random(9) }));
  const bytes = (ranges: readonly ByteRange[]): Set<number> =>
    new Set(ranges.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i)));
  const sorted = (set: Set<number>): number[] => [...set].sort((a, b) => a - b);
  for (let i = 0; i < 500; i++) {
    const a = some();
    const b = some();
    assertEquals(sorted(bytes(union([...a, ...b]))), sorted(bytes(a).union(bytes(b))));
    assertEquals(sorted(bytes(intersect(a, b))), sorted(bytes(a).intersection(bytes(b))));
    assertEquals(sorted(bytes(subtract(a, b))), sorted(bytes(a).difference(bytes(b))));
    assertEquals(byteCount(a), bytes(a).size);
  }
});
