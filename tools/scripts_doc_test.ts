import { assert, assertEquals } from "@std/assert";
import { capabilityTable } from "./readme.ts";
import { findTranscripts } from "./_transcript.ts";

const root = new URL("../", import.meta.url);
const document = await Deno.readTextFile(new URL("docs/scripts.md", root));
const transcripts = findTranscripts(document);

Deno.test("docs/scripts.md has the table of capabilities as their definitions have it", () => {
  const table = capabilityTable();
  assert(document.includes(table), `Run deno task readme; the table is now:\n${table}`);
});

Deno.test("docs/scripts.md has transcripts of every example in fixtures/scripts", () => {
  const shown = transcripts.flatMap(({ steps }) => steps.map(({ command }) => command)).join("\n");
  const examples = [...Deno.readDirSync(new URL("fixtures/scripts", root))]
    .filter(({ isFile }) => isFile).map(({ name }) => name);
  assertEquals(examples.filter((name) => !shown.includes(`fixtures/scripts/${name}`)), []);
});
