import { assertEquals } from "@std/assert";
import { randomNumbers } from "../syntax/_random_text.ts";
import { withoutNeedless } from "./_without_needless.ts";

Deno.test("withoutNeedless() keeps exactly what a failure needs, in its order", async () => {
  const below = randomNumbers(5);
  for (let i = 0; i < 200; i++) {
    const items = Array.from({ length: 1 + below(40) }, (_, n) => n);
    const needed = items.filter(() => below(8) === 0);
    const kept = await withoutNeedless(
      items,
      (list) => Promise.resolve(needed.every((n) => list.includes(n))),
    );
    // A list does not become empty: one item stays where none is needed.
    assertEquals(needed.length === 0 ? kept.length : kept, needed.length === 0 ? 1 : needed);
  }
});

Deno.test("withoutNeedless() takes out what only other needless items needed", async () => {
  // Each needs the one before it, but for the last, which is all that counts.
  const kept = await withoutNeedless([0, 1, 2, 3, 4, 5, 9], (list) => {
    const whole = list.filter((n) => n < 9).every((n) => n === 0 || list.includes(n - 1));
    return Promise.resolve(whole && list.includes(9));
  });
  assertEquals(kept, [9]);
});

Deno.test("withoutNeedless() makes few trials where much is needless", async () => {
  let trials = 0;
  const items = Array.from({ length: 1024 }, (_, n) => n);
  const kept = await withoutNeedless(items, (list) => {
    trials++;
    return Promise.resolve(list.includes(700));
  });
  assertEquals([kept, trials < 30], [[700], true], String(trials));
});
