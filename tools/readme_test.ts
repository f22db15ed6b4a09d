import { assert, assertEquals } from "@std/assert";
import { commands } from "../commands/_index.ts";
import { commandTable } from "./readme.ts";
import { findTranscripts, formatSteps, openShell } from "./_transcript.ts";

const root = new URL("../", import.meta.url);
const readme = await Deno.readTextFile(new URL("README.md", root));
const transcripts = findTranscripts(readme);

Deno.test("README.md has the table of commands as their definitions have it", async () => {
  const table = await commandTable();
  assert(readme.includes(table), `Run deno task readme; the table is now:\n${table}`);
});

Deno.test("README.md has a transcript of every command", () => {
  const shown = transcripts.flatMap(({ steps }) => steps.map(({ command }) => command));
  const used = (name: string): boolean =>
    shown.some((line) =>
      line.startsWith("boctl") && new RegExp(`(boctl|sim:\\S+|,|\\n) *${name}( |$)`, "m").test(line)
    );
  assertEquals(Object.keys(commands).filter((name) => !used(name)), []);
});

for (const transcript of transcripts) {
  const first = transcript.steps[0]?.command.split("\n")[0] ?? "";
  Deno.test(`README.md: what "${first}" prints is what it says`, async () => {
    await using shell = await openShell(root);
    assertEquals(
      formatSteps(await shell.run(transcript)),
      readme.slice(transcript.start, transcript.end),
      "Where the new output is right, run deno task readme.",
    );
  });
}
