import { assert, assertEquals } from "@std/assert";
import { mutated, random, randomText, replayOn } from "./_test_kit.ts";
import { diffTraces } from "./diff.ts";
import { parseTrace } from "./read.ts";
import { waitedFor } from "./select.ts";

const BOARDS = ["panthor", "panfrost", "panthor-coherent", "complex-exporter"];

Deno.test("a random sequence replays on its own board with no difference", async () => {
  let calls = 0;
  for (let seed = 0; seed < 40; seed++) {
    const board = BOARDS[seed % BOARDS.length] ?? "";
    const trace = parseTrace(await randomText(board, seed), `seed${seed}`);
    const done = await replayOn(board, trace, { strict: true });
    assertEquals(done.differences, [], `seed ${seed}`);
    calls += done.calls;
  }
  // Sequences that end at once would prove nothing.
  assert(calls > 40 * 15, `${calls} calls`);
});

Deno.test("a mutated result is the one that replay and diff report", async () => {
  let tried = 0;
  for (let seed = 100; seed < 120; seed++) {
    const board = BOARDS[seed % BOARDS.length] ?? "";
    const text = await randomText(board, seed);
    const original = parseTrace(text, "original");
    const below = random(seed);
    for (let i = 0; i < 6; i++) {
      const index = 1 + below(original.lines.length);
      const trace = mutated(text, index);
      const entry = original.lines[index - 1]?.entry;
      if (trace === undefined || entry === undefined) continue;
      // Of a wait the last slice alone is compared.
      const next = original.lines[index]?.entry;
      if (waitedFor(entry) !== undefined && next !== undefined && waitedFor(next)) continue;
      const looksAround = ["readDirectory", "readLink", "stat"].includes(entry.call) ||
        (entry.call === "readText" && !entry.path.startsWith("/proc/self/fdinfo/"));
      const { partings } = diffTraces(original, trace);
      const { differences } = await replayOn(board, trace);
      const wanted = looksAround ? [] : [index + 1];
      assertEquals(partings.map(({ b }) => b?.line), wanted, `seed ${seed}, line ${index + 1}`);
      assertEquals(differences.map(({ line }) => line), wanted, `seed ${seed}, line ${index + 1}`);
      assertEquals(
        differences.map(({ fields }) => fields.map(({ field }) => field)).flat(),
        wanted.map(() => "result"),
      );
      tried++;
    }
  }
  assert(tried > 40, `${tried} mutations`);
});
