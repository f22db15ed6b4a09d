// Every reproduction, recorded on a simulated board and replayed there.
import { assert, assertEquals } from "@std/assert";
import { boctl } from "../commands/_test_kit.ts";
import { diffTraces } from "./diff.ts";
import { parseTrace } from "./read.ts";
import { recordingKernel } from "./record.ts";
import { replayOn } from "./_test_kit.ts";

const FOLDER = "fixtures/reproductions";

/** The trace's text, and whether the script passed. */
async function recordScript(board: string, name: string): Promise<[string, boolean]> {
  const lines: string[] = [];
  const { code } = await boctl(`--device sim:${board} run ${FOLDER}/${name}`, {
    wrap: (kernel) => recordingKernel(kernel, (line) => void lines.push(line)),
  });
  return [lines.map((line) => `${line}\n`).join(""), code === 0];
}

for (const board of ["panthor", "panfrost", "complex-exporter"]) {
  Deno.test(`every reproduction that sim:${board} runs replays there with no difference`, async () => {
    let passed = 0;
    for (const { name } of Deno.readDirSync(FOLDER)) {
      if (!name.endsWith(".boctl")) continue;
      const [text, held] = await recordScript(board, name);
      const trace = parseTrace(text, name);
      const { differences } = await replayOn(board, trace, { strict: true });
      assertEquals(differences, [], name);
      const [again] = await recordScript(board, name);
      assertEquals(again, text, name);
      assertEquals(diffTraces(trace, parseTrace(again, name), { strict: true }).partings, []);
      if (held) passed++;
    }
    assert(passed > 3, `${passed} passed`);
  });
}
