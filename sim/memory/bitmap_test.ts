import { assertEquals } from "@std/assert";
import { anyBit, clearBits, countBits, forEachBit, hasBit, newBitmap, setBits } from "./bitmap.ts";

Deno.test("bitmaps do what arrays of booleans do, over every range of 100 bits", () => {
  const bits = 100;
  for (let from = 0; from < bits; from += 7) {
    for (let to = from; to <= bits; to += 5) {
      const map = newBitmap(bits);
      const model = new Array<boolean>(bits).fill(false);
      setBits(map, from, to);
      model.fill(true, from, to);
      const hole = Math.floor((from + to) / 2);
      clearBits(map, hole, to);
      model.fill(false, hole, to);
      const seen: number[] = [];
      forEachBit(map, 0, bits, (bit) => seen.push(bit));
      assertEquals(seen, model.flatMap((set, bit) => set ? [bit] : []));
      assertEquals(countBits(map, 0, bits), seen.length);
      assertEquals(countBits(map, from, hole), hole - from);
      assertEquals(anyBit(map, hole, bits), false);
      assertEquals(model.map((_, bit) => hasBit(map, bit)), model);
    }
  }
});

Deno.test("forEachBit() lets the visitor clear what it visits", () => {
  const map = newBitmap(64);
  setBits(map, 30, 34);
  forEachBit(map, 0, 64, (bit) => clearBits(map, bit, bit + 1));
  assertEquals(countBits(map, 0, 64), 0);
});
