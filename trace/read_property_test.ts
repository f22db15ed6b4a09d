import { assert } from "@std/assert";
import { BoctlError, UsageError } from "../errors.ts";
import { random, randomText, replayOn } from "./_test_kit.ts";
import { parseTrace, type Trace } from "./read.ts";

/** What a stranger's editor may put in: other values of every kind, and values of other lines. */
const values = [
  "null",
  "true",
  "-1",
  "0",
  "1e308",
  "4294967296",
  "9007199254740993",
  '""',
  '"f1"',
  '"m1"',
  '"o1"',
  '"EINVAL"',
  '"hex:"',
  '"0x0"',
  '"0xffffffffffffffff"',
  '"@null"',
  '"buffer:99999999999"',
  "[]",
  "{}",
  '"\\u0000"',
  '"\\u001b[2J"',
  '"now+1ms"',
  '{"hex":"00"}',
  '"O_RDWR"',
  "[[[[1]]]]",
  '"18446744073709551616"',
];

/** A text with one of its JSON values replaced, a line doubled, moved or lost, or a byte changed. */
function altered(text: string, below: (limit: number) => number): string {
  const lines = text.trimEnd().split("\n");
  const at = 1 + below(lines.length - 1);
  const line = lines[at] ?? "";
  switch (below(5)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(1 + below(lines.length - 1), 0, line);
      break;
    case 2: {
      const byte = below(line.length);
      lines[at] = line.slice(0, byte) + String.fromCharCode(32 + below(95)) + line.slice(byte + 1);
      break;
    }
    default: {
      const places = [...line.matchAll(/(?<=[:,[])("[^"]*"|-?\d+|null)(?=[,}\]])/g)];
      const place = places[below(places.length)];
      const other = values[below(values.length)] ?? "0";
      if (place === undefined) break;
      lines[at] = line.slice(0, place.index) + other + line.slice(place.index + place[0].length);
    }
  }
  return `${lines.join("\n")}\n`;
}

Deno.test("an altered trace is refused with its line, or replayed; nothing else comes of it", async () => {
  let refused = 0;
  let replayed = 0;
  for (let seed = 0; seed < 12; seed++) {
    const board = seed % 2 ? "panthor" : "panfrost";
    const text = await randomText(board, 500 + seed);
    const below = random(seed);
    for (let i = 0; i < 60; i++) {
      let trace: Trace;
      try {
        trace = parseTrace(altered(text, below), "t.jsonl");
      } catch (error) {
        assert(error instanceof UsageError, String(error));
        assert(/^t\.jsonl:\d+: /.test(error.message), error.message);
        refused++;
        continue;
      }
      try {
        await replayOn(board, trace, { most: 1000 });
        replayed++;
      } catch (error) {
        assert(error instanceof BoctlError, error instanceof Error ? error.stack : String(error));
      }
    }
  }
  assert(refused > 100 && replayed > 100, `${refused} refused, ${replayed} replayed`);
});
