import { assertEquals, assertThrows } from "@std/assert";
import { findTranscripts, formatSteps, openShell } from "./_transcript.ts";

const root = new URL("../", import.meta.url);

function documentOf(...blocks: readonly string[]): string {
  return blocks.map((block) => `Text.\n\n\`\`\`console\n${block}\`\`\`\n\n`).join("");
}

Deno.test("findTranscripts() reads commands, their continuations and their output", () => {
  const block = "$ one \\\n>   two\nout\n> no continuation\n$ three\n";
  const [found] = findTranscripts(documentOf(block));
  assertEquals(found?.steps, [
    { command: "one \\\n  two", output: "out\n> no continuation" },
    { command: "three", output: "" },
  ]);
  assertEquals(formatSteps(found?.steps ?? []), block);
});

Deno.test("findTranscripts() hands exported variables on to later blocks", () => {
  const found = findTranscripts(documentOf("$ export A=1\n", "$ two\n"));
  assertEquals(found.map(({ env }) => env), [{}, { A: "1" }]);
});

Deno.test("findTranscripts() leaves other fenced blocks alone", () => {
  assertEquals(findTranscripts("```sh\nrm -rf /\n```\n"), []);
});

Deno.test("findTranscripts() refuses a block that does not begin with a command", () => {
  assertThrows(() => findTranscripts(documentOf("output\n")), Error, 'not "output"');
});

Deno.test("openShell() runs boctl, tells both its outputs and hands $? on", async () => {
  await using shell = await openShell(root);
  const [transcript] = findTranscripts(
    documentOf("$ export X=7\n$ echo $X\n$ boctl nonsense\n$ echo $?\n"),
  );
  if (transcript === undefined) throw new Error("no transcript");
  const [, echoed, refused, status] = await shell.run(transcript);
  assertEquals(echoed?.output, "7");
  assertEquals(refused?.output.startsWith('boctl: unknown command "nonsense"'), true);
  assertEquals(status?.output, "2");
});
