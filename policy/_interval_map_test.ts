import { assertEquals } from "@std/assert";
import { IntervalMap, type Valued } from "./_interval_map.ts";

/** Bytes in an array: what it has to say. */
class Naive {
  readonly #bytes: (number | undefined)[] = [];
  set(offset: number, length: number, value: number | undefined): void {
    for (let i = offset; i < offset + length; i++) this.#bytes[i] = value;
  }
  at(i: number): number | undefined {
    return this.#bytes[i];
  }
}

function bytesOf(parts: Iterable<Valued<number>>, length: number): (number | undefined)[] {
  const bytes: (number | undefined)[] = Array.from({ length });
  for (const { offset, length: n, value } of parts) {
    for (let i = offset; i < offset + n; i++) {
      assertEquals(bytes[i], undefined, "ranges overlap");
      bytes[i] = value;
    }
  }
  return bytes;
}

function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

Deno.test("IntervalMap agrees with an array of bytes", () => {
  for (const [seed, space, longest, steps] of [[1, 40, 9, 3000], [2, 4000, 30, 4000]] as const) {
    const random = randomly(seed);
    const map = new IntervalMap<number>();
    const naive = new Naive();
    for (let i = 0; i < steps; i++) {
      const offset = random(space);
      const length = random(longest);
      if (random(4) === 0) {
        map.delete({ offset, length });
        naive.set(offset, length, undefined);
      } else {
        map.set({ offset, length }, i);
        naive.set(offset, length, i);
      }
      if (i % 50 !== 0) continue;
      const all = space + longest;
      const wanted = Array.from({ length: all }, (_, at) => naive.at(at));
      assertEquals(bytesOf(map.entries(), all), wanted);
      assertEquals([...map.entries()].length, map.size);
      const from = random(space);
      const within = bytesOf(map.within({ offset: from, length: longest }), all);
      assertEquals(
        within,
        wanted.map((value, at) => at >= from && at < from + longest ? value : undefined),
      );
    }
  }
});

Deno.test("IntervalMap holds many ranges, and costs what they are and not their square", () => {
  const map = new IntervalMap<number>();
  const random = randomly(7);
  const many = 200_000;
  for (let i = 0; i < many; i++) map.set({ offset: random(1 << 30) * 64, length: 64 }, i);
  const start = performance.now();
  for (let i = 0; i < 1000; i++) map.set({ offset: random(1 << 30) * 64, length: 64 }, i);
  // A list of them all would take seconds.
  assertEquals(performance.now() - start < 1000, true);
  map.set({ offset: 0, length: Number.MAX_SAFE_INTEGER }, 1);
  assertEquals(map.size, 1);
  map.clear();
  assertEquals([...map.entries()], []);
});
