import { assertEquals } from "@std/assert";
import { inParallel } from "./parallel.ts";

Deno.test("inParallel() keeps the order of the items and the number of jobs", async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([30, 1, 10, 5], 2, async (delay) => {
    most = Math.max(most, ++running);
    await new Promise((done) => setTimeout(done, delay));
    running--;
    return delay * 2;
  });
  assertEquals(results, [60, 2, 20, 10]);
  assertEquals(most, 2);
});
