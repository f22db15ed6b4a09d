import { assert, assertEquals } from "@std/assert";
import { commands } from "../commands/_index.ts";
import { rules } from "../policy/_index.ts";
import { commandTable, driverTable, pagesWithTranscripts, ruleTable } from "./readme.ts";
import {
  findTranscripts,
  formatSteps,
  openShell,
  type Rights,
  type Transcript,
} from "./_transcript.ts";

interface Page {
  readonly name: string;
  readonly text: string;
  readonly rights: Rights;
  readonly transcripts: readonly Transcript[];
}

async function pageAt(url: URL, rights: Rights): Promise<Page> {
  const text = await Deno.readTextFile(url);
  const name = url.pathname.split("/").at(-1) ?? "";
  return { name, text, rights, transcripts: findTranscripts(text) };
}

const root = new URL("../", import.meta.url);
const readme = await pageAt(new URL("README.md", root), "read");
const pages = [readme];
for (const page of await pagesWithTranscripts(root)) pages.push(await pageAt(page, "all"));

Deno.test("README.md has the table of commands as their definitions have it", async () => {
  const table = await commandTable();
  assert(readme.text.includes(table), `Run deno task readme; the table is now:\n${table}`);
});

Deno.test("README.md has the table of rules as they are", async () => {
  const table = await ruleTable();
  assertEquals(table.trimEnd().split("\n").length, Object.keys(rules).length + 2);
  assert(readme.text.includes(table), `Run deno task readme; the table is now:\n${table}`);
});

Deno.test("README.md has the table of drivers as boards and machines have them", async () => {
  const table = await driverTable();
  assert(readme.text.includes(table), `Run deno task readme; the table is now:\n${table}`);
});

Deno.test("README.md or a page of docs/ has a transcript of every command", () => {
  const shown = pages.flatMap(({ transcripts }) => transcripts)
    .flatMap(({ steps }) => steps.map(({ command }) => command));
  const used = (name: string): boolean =>
    shown.some((line) =>
      line.startsWith("boctl") && new RegExp(`(boctl|sim:\\S+|,|\\n) *${name}( |$)`, "m").test(line)
    );
  assertEquals(Object.keys(commands).filter((name) => !used(name)), []);
});

for (const { name, text, rights, transcripts } of pages) {
  for (const transcript of transcripts) {
    const first = transcript.steps[0]?.command.split("\n")[0] ?? "";
    Deno.test(`${name}: what "${first}" prints is what it says`, async () => {
      await using shell = await openShell(root, rights);
      assertEquals(
        formatSteps(await shell.run(transcript)),
        text.slice(transcript.start, transcript.end),
        "Where the new output is right, run deno task readme.",
      );
    });
  }
}
