import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { hostilePieces, randomTexts } from "../syntax/_random_text.ts";
import { splitWords } from "../syntax/words.ts";
import { commands } from "./_index.ts";
import type { Command } from "./command.ts";
import { globalOptions, parseCommand, parseOptions, splitGlobal, usageOf } from "./parse.ts";

const specs = {
  size: { type: "size", value: "SIZE", help: "" },
  count: { type: "integer", help: "" },
  range: { type: "range", help: "", many: true },
  name: { type: "text", value: "NAME", help: "" },
  who: { type: "text", choices: ["cpu", "device"], help: "" },
  cached: { type: "flag", help: "" },
  "no-mmap": { type: "flag", help: "" },
} as const;

function parse(line: string): ReturnType<typeof parseOptions<typeof specs>> {
  return parseOptions(specs, splitWords(line).map(({ text }) => text), "make");
}

Deno.test("parseOptions() reads every type of option, with a space or with =", () => {
  for (const line of ["--size 4KiB --count 7 --name x", "--size=4KiB --count=7 --name=x"]) {
    const { options, words } = parse(`a ${line} b`);
    assertEquals([options.size, options.count, options.name], [4096n, 7, "x"]);
    assertEquals([...words], ["a", "b"]);
  }
  const { options } = parse("--cached --no-mmap --range 0:64 --range=64..65 --who cpu");
  assertEquals([options.cached, options["no-mmap"], options.who], [true, true, "cpu"]);
  assertEquals([...options.range], [{ offset: 0n, length: 64n }, { offset: 64n, length: 1n }]);
});

Deno.test("parseOptions() gives what is not given its empty value", () => {
  const { options } = parse("");
  assertEquals({ ...options }, {
    size: undefined,
    count: undefined,
    range: [],
    name: undefined,
    who: undefined,
    cached: false,
    "no-mmap": false,
  });
});

Deno.test("parseOptions() takes a value as it is: dashes, =, emptiness, new lines", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["--name -x", "-x"],
    ["--name --cached", "--cached"],
    ["--name=--size", "--size"],
    ["--name a=b=c", "a=b=c"],
    ["--name==", "="],
    ["--name=", ""],
    ["--name ''", ""],
    ["--name 'a\nb'", "a\nb"],
    ["--name=0x10", "0x10"],
    ["--name 007", "007"],
    ["--name 1e3", "1e3"],
    ["--name true", "true"],
    ["--name __proto__", "__proto__"],
  ];
  for (const [line, value] of cases) assertEquals(parse(line).options.name, value, line);
});

Deno.test("parseOptions() takes everything behind -- as words", () => {
  assertEquals([...parse("a -- --size -x --").words], ["a", "--size", "-x", "--"]);
});

Deno.test("parseOptions() takes negative numbers and a lone dash as words", () => {
  assertEquals([...parse("- -1 -0x5").words], ["-", "-1", "-0x5"]);
});

Deno.test("parseOptions() names what is wrong", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["--sise 4", 'make: unknown option "--sise"', "Did you mean --size? See boctl make --help."],
    ["--constructor", 'make: unknown option "--constructor"', "See boctl make --help."],
    ["--__proto__=1", 'make: unknown option "--__proto__"', "See boctl make --help."],
    ["-s 4", 'make: unknown option "-s"', "Options have two dashes; see boctl make --help."],
    ["--size", "--size needs a value: SIZE", ""],
    ["--count", "--count needs a value: integer", ""],
    ["--cached=yes", "--cached takes no value", ""],
    ["--cached=", "--cached takes no value", ""],
    ["--size 4 --size 8", "--size is given 2 times, it takes one value", ""],
    ["--size -4", '--size: "-4" is negative', "Write sizes as"],
    ["--size=", '--size: "" is not a size', "Write sizes as"],
    ["--range 5", '--range: "5" is not a range', "Write ranges as"],
    ["--who gpu", '--who: "gpu" is none of cpu, device', ""],
    ["--count 1.5", '--count: "1.5" is not a whole number from 0 to 2147483647', ""],
    ["--count -1", '--count: "-1" is not a whole number from 0 to 2147483647', ""],
    ["--count 2147483648", '--count: "2147483648" is not a whole number from', ""],
    ["--count ''", '--count: "" is not a whole number', ""],
  ];
  for (const [line, message, hint] of cases) {
    const error = assertThrows(() => parse(line), UsageError, message);
    assertEquals((error.hint ?? "").startsWith(hint), true, `${line}: ${error.hint}`);
  }
});

Deno.test("parseOptions() of what stands before every command names no command", () => {
  const error = assertThrows(
    () => parseOptions(globalOptions, ["--jsn"], ""),
    UsageError,
    'unknown option "--jsn"',
  );
  assertEquals(error.message.startsWith("unknown"), true);
  assertEquals(error.hint, "Did you mean --json? See boctl --help.");
  const none = assertThrows(() => parseOptions({}, ["--x"], "list"), UsageError);
  assertEquals(none.hint, "list takes no options.");
});

const command: Command = {
  name: "make",
  summary: "",
  group: "buffers",
  arguments: [{ name: "A", help: "the first" }, { name: "B", help: "", optional: true }],
  options: specs,
  examples: [],
  run: () => ({ data: {}, text: "" }),
};

Deno.test("parseCommand() counts words, and says how the command is written", () => {
  assertEquals([...parseCommand(command, ["x"]).words], ["x"]);
  assertEquals([...parseCommand(command, ["x", "y"]).words], ["x", "y"]);
  const missing = assertThrows(() => parseCommand(command, []), UsageError);
  assertEquals(missing.message, "make: A is missing: the first");
  assertEquals(missing.hint, "Usage: boctl make A [B] [options]");
  const extra = assertThrows(() => parseCommand(command, ["x", "y", "z"]), UsageError);
  assertEquals([extra.message, extra.word], ['make: "z" is one word too many', "z"]);
  const many: Command = { ...command, arguments: [{ name: "A", help: "", many: true }] };
  assertEquals(parseCommand(many, ["1", "2", "3"]).words.length, 3);
  assertEquals(usageOf(many), "make A… [options]");
});

Deno.test("parseCommand() asks for no words where help is asked for", () => {
  assertEquals(parseCommand(command, ["--help"]).global.help, true);
  assertEquals(parseCommand(command, ["-h"]).global.help, true);
});

Deno.test("parseCommand() takes global options anywhere, but not behind a free form's first word", () => {
  const { global, words } = parseCommand(command, ["x", "--json", "--device", "sim:qemu"]);
  assertEquals([global.json, global.device, [...words]], [true, "sim:qemu", ["x"]]);
  const free: Command = { ...command, freeForm: true };
  const after = parseCommand(free, ["x", "--json"]);
  assertEquals([after.global.json, [...after.words]], [false, ["x", "--json"]]);
  assertEquals(parseCommand(free, ["--json", "x"]).global.json, true);
});

Deno.test("splitGlobal() ends at the first word that is no option or option's value", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["list", 0],
    ["--json list", 1],
    ["--device sim:qemu --trace list --json", 3],
    ["--device=sim:qemu list", 1],
    ["--device", 2],
    ["--nosuch list", 1],
    ["", 0],
  ];
  for (const [line, count] of cases) {
    const words = line.split(" ").filter((word) => word !== "");
    const { global, rest } = splitGlobal(words);
    assertEquals([...global, ...rest], words);
    assertEquals(global.length, Math.min(count, words.length), line);
  }
});

Deno.test("parseCommand() throws nothing but UsageError, whatever a command is given", async () => {
  const pieces = [...hostilePieces, "--", "--size", "--range", "--as", "--read", "=", "%a"];
  for (const { load } of Object.values(commands)) {
    const definition = await load();
    for (const line of randomTexts([...pieces, " "], { count: 400, most: 10, seed: 9 })) {
      try {
        parseCommand(definition, line.split(" "));
      } catch (error) {
        if (!(error instanceof UsageError)) {
          throw new Error(`${definition.name} ${JSON.stringify(line)}`, { cause: error });
        }
      }
    }
  }
});
