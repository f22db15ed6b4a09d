import { assert, assertEquals } from "@std/assert";
import { isRecord } from "../ffi/json.ts";
import { mutated, random, randomText, replayOn } from "./_test_kit.ts";
import { diffTraces } from "./diff.ts";
import type { TraceEntry } from "./format.ts";
import { parseTrace } from "./read.ts";
import { isContinued, waitedFor } from "./select.ts";

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

/** One field of an answer changed, and the name under which it is reported. */
function changedField(entry: TraceEntry): { entry: TraceEntry; field: string } | undefined {
  switch (entry.call) {
    case "map.read": {
      if (!("hex" in entry.bytes) || entry.bytes.hex === "") return undefined;
      const first = entry.bytes.hex.startsWith("ff") ? "00" : "ff";
      const hex = first + entry.bytes.hex.slice(2);
      return { entry: { ...entry, bytes: { hex } }, field: "bytes.hex" };
    }
    case "fstat":
      return { entry: { ...entry, stat: { ...entry.stat, size: "1" } }, field: "stat.size" };
    case "readText": {
      const text = entry.text?.replace(/^size:.*$/m, "size:\t1");
      if (text === undefined || text === entry.text) return undefined;
      return { entry: { ...entry, text }, field: "text.size" };
    }
    case "ioctl": {
      const { out } = entry;
      if (out === undefined || !isRecord(out) || typeof out.handle !== "number") return undefined;
      return { entry: { ...entry, out: { ...out, handle: out.handle + 1 } }, field: "out.handle" };
    }
    case "poll": {
      const [first, ...others] = entry.entries;
      if (first === undefined || others.length > 0) return undefined;
      const other = { ...first, revents: "POLLHUP" };
      return { entry: { ...entry, entries: [other] }, field: "entries" };
    }
    default:
      return undefined;
  }
}

Deno.test("a mutated field of an answer is the one that replay and diff report", async () => {
  const reported = new Set<string>();
  for (let seed = 200; seed < 220; seed++) {
    const board = BOARDS[seed % BOARDS.length] ?? "";
    const original = parseTrace(await randomText(board, seed), "original");
    for (let i = 0; i < original.lines.length; i += 2) {
      const line = original.lines[i];
      const changed = line === undefined ? undefined : changedField(line.entry);
      if (line === undefined || changed === undefined) continue;
      if (isContinued(line.entry, original.lines[i + 1]?.entry)) continue;
      const other = { line: line.line, entry: changed.entry };
      const trace = { ...original, lines: original.lines.with(i, other) };
      const { partings } = diffTraces(original, trace);
      const { differences } = await replayOn(board, trace);
      assertEquals(partings.map(({ b }) => b?.line), [line.line]);
      assertEquals(differences.map((one) => one.line), [line.line]);
      const [field = ""] = differences.flatMap(({ fields }) => fields.map((one) => one.field));
      assert(field.startsWith(changed.field), field);
      reported.add(changed.field);
    }
  }
  assertEquals([...reported].sort(), [
    "bytes.hex",
    "entries",
    "out.handle",
    "stat.size",
    "text.size",
  ]);
});
