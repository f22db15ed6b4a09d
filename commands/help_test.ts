import { assert, assertEquals } from "@std/assert";
import { splitWords } from "../syntax/words.ts";
import { commands } from "./_index.ts";
import type { Command } from "./command.ts";
import { commandHelp, overview } from "./help.ts";
import { boctlWords } from "./_test_kit.ts";

/** Examples that show a check that fails, and their exit codes. */
const failing: Readonly<Record<string, number>> = {
  // late-rdwr is the finding that it shows.
  "policy-check --device sim:qemu create --size 4KiB --as a , export a , export a --rdwr , policy-check":
    1,
};

const all: readonly Command[] = await Promise.all(
  Object.values(commands).map(({ load }) => load()),
);

Deno.test("every command has a summary, a group, examples, and help for each word and option", () => {
  for (const { name, summary, examples, arguments: words, options } of all) {
    assert(summary !== "" && !summary.endsWith("."), `${name}: ${summary}`);
    assert(examples.length > 0, `${name} has no example`);
    for (const { help } of [...words, ...Object.values(options)]) {
      assert(help !== "" && !help.endsWith("."), `${name}: ${help}`);
    }
    for (const { line, shows } of examples) {
      assert(shows !== "", line);
      assert(
        line.split(" ").includes(name),
        `${name}: its example is about something else: ${line}`,
      );
    }
  }
});

Deno.test("optional words come last, and the last alone takes many", () => {
  for (const { name, arguments: words } of all) {
    const firstOptional = words.findIndex(({ optional }) => optional === true);
    if (firstOptional >= 0) {
      assert(words.slice(firstOptional).every(({ optional }) => optional === true), name);
    }
    assert(words.slice(0, -1).every(({ many }) => many !== true), name);
  }
});

Deno.test("help fits 120 columns, but for examples, and has no space at a line's end", async () => {
  for (const text of [overview("1.2.3"), ...await Promise.all(all.map(commandHelp))]) {
    for (const line of text.split("\n")) {
      // Examples stay whole, so that they can be copied.
      if (!line.startsWith("  boctl ")) assert(line.length <= 120, `${line.length}: ${line}`);
      assertEquals(line, line.trimEnd());
    }
  }
});

Deno.test("help of a command shows usage, every option and every example", async () => {
  for (const definition of all) {
    const text = await commandHelp(definition);
    assert(text.includes(`Usage: boctl ${definition.name}`));
    for (const name of Object.keys(definition.options)) assert(text.includes(`  --${name}`), name);
    for (const { line } of definition.examples) assert(text.includes(`  boctl ${line}\n`), line);
  }
});

Deno.test("the overview lists every command and every exit code", () => {
  const text = overview("1.2.3");
  for (const { name, summary } of all) {
    assert(
      new RegExp(`^  ${name} +${summary.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`, "m").test(text),
    );
  }
  for (const code of [0, 1, 2, 3, 4, 70, 77, 130]) {
    assert(new RegExp(`\\b${code} [a-z]`).test(text), String(code));
  }
});

for (const { name, examples } of all) {
  for (const { line } of examples) {
    Deno.test(`an example of ${name} runs on the simulator: boctl ${line}`, async () => {
      const directory = await Deno.makeTempDir();
      try {
        const script = `${directory}/repro.boctl`;
        await Deno.writeTextFile(script, "create --size 4KiB --as a\nclose a\n");
        const trace = `${directory}/trace.jsonl`;
        await boctlWords(["run", script, "--device", "sim:panthor", "--record", trace]);
        const words = splitWords(line).map(({ text }) =>
          text === "repro.boctl"
            ? script
            : text.endsWith(".jsonl")
            ? trace
            : text === "./mine.json"
            ? "fixtures/boards/panthor.json"
            : text
        );
        const { code, out, err } = await boctlWords(words, { env: { BOCTL_BACKEND: "sim" } });
        assertEquals(code, failing[`${name} ${line}`] ?? 0, `${out}\n${err}`);
        assert(out !== "", "it shows something");
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });
  }
}

Deno.test("examples that are said to fail are there", () => {
  const lines = all.flatMap(({ name, examples }) => examples.map(({ line }) => `${name} ${line}`));
  assertEquals(Object.keys(failing).filter((line) => !lines.includes(line)), []);
});
