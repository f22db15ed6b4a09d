// Traces of strangers: what the reader lets through is C that compiles, or an error with a reason.
import { assert } from "@std/assert";
import { BoctlError } from "../errors.ts";
import { boctl } from "../commands/_test_kit.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { randomNumbers } from "../syntax/_random_text.ts";
import { randomText } from "../trace/_test_kit.ts";
import { parseTrace } from "../trace/read.ts";
import { compile, isInstalled, strict } from "./_compilers.ts";
import { emitC } from "./emit.ts";

const scripts = [
  "a-job-keeps-its-buffers-busy",
  "bo-sync-refuses-imports",
  "mmap-at-an-offset-shows-the-first-page",
  "reimport-gives-the-same-handle",
] as const;
const device = "sim:qemu-arm64@7.2/renderD129";

const strange: readonly JsonValue[] = [
  0,
  -1,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  "",
  "f1",
  "f2",
  "o1",
  "m1",
  "i1",
  "EINVAL",
  "errno 4000",
  "now+20ms",
  "0x0",
  "18446744073709551615",
  "-9223372036854775808",
  "hex:",
  "hex:00ff00",
  '"); } */ #error \\',
  null,
  [],
  {},
];

/** The same value with one part of it replaced by something else. */
function mutated(value: JsonValue, below: (limit: number) => number): JsonValue {
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length || 1)];
  const inner = isRecord(value) ? Object.keys(value).filter((key) => key !== "call") : [];
  const key = pick(inner);
  if (isRecord(value) && key !== undefined && below(10) < 9) {
    return { ...value, [key]: mutated(value[key] ?? null, below) };
  }
  if (Array.isArray(value) && value.length > 0 && below(10) < 9) {
    const at = below(value.length);
    return value.map((item: JsonValue, i) => i === at ? mutated(item, below) : item);
  }
  return pick(strange) ?? null;
}

async function linesOf(name: string): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    const script = `fixtures/reproductions/${name}.boctl`;
    const { code, err } = await boctl(`--device ${device} --record ${path} run ${script}`);
    assert(code === 0, err);
    return (await Deno.readTextFile(path)).trimEnd().split("\n");
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a mutated trace is refused with a reason, or gives C that compiles", async () => {
  const below = randomNumbers(20191017);
  const folder = await Deno.makeTempDir();
  const counts = { refused: 0, notInC: 0 };
  const paths: string[] = [];
  try {
    for (const name of scripts) {
      const lines = await linesOf(name);
      for (let i = 0; i < 250; i++) {
        const at = 1 + below(lines.length - 1);
        const changed = lines.map((line, n) =>
          n === at ? JSON.stringify(mutated(JSON.parse(line), below)) : line
        );
        try {
          const { header, lines: read } = parseTrace(`${changed.join("\n")}\n`, "mutated");
          const entries = read.map(({ entry }) => entry);
          const { text } = emitC({ header, entries, name, story: [] }, "plain");
          const path = `${folder}/${paths.length}.c`;
          await Deno.writeTextFile(path, text);
          paths.push(path);
        } catch (error) {
          if (!(error instanceof BoctlError)) {
            throw new Error(`${name}: ${changed[at]}`, { cause: error });
          }
          if (error.message.startsWith("emit-c: ")) counts.notInC++;
          else counts.refused++;
        }
      }
    }
    const told = JSON.stringify({ ...counts, emitted: paths.length });
    assert(counts.refused > 100 && counts.notInC > 0 && paths.length > 100, told);
    if (await isInstalled("gcc")) await compile("gcc", ["-fsyntax-only", "-w", ...paths]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("random command lines give C without a warning", async () => {
  const folder = await Deno.makeTempDir();
  const paths: string[] = [];
  try {
    for (let seed = 0; seed < 60; seed++) {
      const board = seed % 2 === 0 ? "panthor" : "qemu";
      const { header, lines } = parseTrace(await randomText(board, seed), "random");
      const entries = lines.map(({ entry }) => entry);
      // Some lines are refused before they do anything.
      if (!entries.some(({ call }) => call === "mmap")) continue;
      const { text } = emitC({ header, entries, name: "random", story: [] }, "kselftest");
      const path = `${folder}/${seed}.c`;
      await Deno.writeTextFile(path, text);
      paths.push(path);
    }
    assert(paths.length >= 20, String(paths.length));
    if (await isInstalled("gcc")) await compile("gcc", [...strict, "-fsyntax-only", ...paths]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
