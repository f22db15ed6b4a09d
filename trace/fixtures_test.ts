// Traces that were recorded on real kernels, each replayed on the simulated board that mirrors it.
import { assert, assertEquals } from "@std/assert";
import { formatEntry } from "./format_entry.ts";
import { parseTrace, readTrace } from "./read.ts";
import { isContinued, leftOut } from "./select.ts";
import { mutated, replayOn } from "./_test_kit.ts";

const FOLDER = "fixtures/traces";

/** `qemu@6.12__attest.jsonl`: the board, and what was recorded. */
const pattern = /^([\w@.-]+)__[\w.-]+\.jsonl$/;

const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
  .filter((name) => name.endsWith(".jsonl")).sort();

Deno.test("there are recorded traces, each named after its board", () => {
  assert(files.length > 0);
  assertEquals(files.filter((name) => !pattern.test(name)), []);
});

for (const name of files) {
  const board = pattern.exec(name)?.[1] ?? "";
  Deno.test(`sim:${board} answers as the kernel of fixtures/traces/${name} did`, async () => {
    const trace = await readTrace(`${FOLDER}/${name}`);
    assertEquals(trace.header.on.backend, "live", "a trace of the simulator proves nothing");
    const { calls, differences } = await replayOn(board, trace, { most: 5 });
    assertEquals(
      differences.map(({ line, recorded, here }) =>
        `${line}: ${formatEntry(recorded)}\n  here ${formatEntry(here)}`
      ),
      [],
    );
    assert(calls > 0);
  });

  Deno.test(`another answer in fixtures/traces/${name} is told with its line`, async () => {
    const text = await Deno.readTextFile(`${FOLDER}/${name}`);
    const { lines } = parseTrace(text, name);
    let tried = 0;
    // Not every line: each takes a replay of those before it.
    for (let i = 0; i < lines.length; i += 11) {
      const line = lines[i];
      const trace = mutated(text, i + 1);
      const next = lines[i + 1]?.entry;
      if (trace === undefined || line === undefined || leftOut(line.entry) !== undefined) continue;
      if (isContinued(line.entry, next)) continue;
      const { differences } = await replayOn(board, trace);
      assertEquals(differences.map((one) => one.line), [line.line]);
      tried++;
    }
    assert(tried > 10, `${tried} answers`);
  });
}
