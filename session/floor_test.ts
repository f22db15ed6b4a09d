import { assertEquals } from "@std/assert";
import { Floor } from "./floor.ts";

Deno.test("Floor is handed on in order, to one at a time", async () => {
  const floor = new Floor();
  const seen: string[] = [];
  const work = async (name: string): Promise<void> => {
    await floor.take();
    seen.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.push(`${name} ends`);
    floor.give();
  };
  await Promise.all([work("a"), work("b"), work("c")]);
  assertEquals(seen, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  await floor.take();
  floor.give();
});
