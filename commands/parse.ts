/**
 * Command lines read by a command's definition.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { nearestWord } from "../syntax/nearest.ts";
import { UsageError } from "../errors.ts";
import { parseRange } from "../syntax/range.ts";
import { parseSize } from "../syntax/size.ts";
import type { Arguments, Command, OptionSpec, OptionSpecs } from "./command.ts";

/** Options that every command takes; `cli.ts` and scripts read them before the command's own. */
export const globalOptions = {
  device: {
    type: "text",
    value: "DEVICE",
    help: "path, driver name, sysfs path or compatible; sim:BOARD for a simulated board",
  },
  backend: {
    type: "text",
    value: "NAME",
    choices: ["live", "sim"],
    help: "live forbids falling back to the simulator, sim forces it",
  },
  session: {
    type: "text",
    value: "NAME",
    help: "the session to work in; none for a process of its own",
  },
  record: { type: "text", value: "FILE", help: "write every system call, decoded, as JSON Lines" },
  json: { type: "flag", help: "answer in JSON, errors too" },
  trace: { type: "flag", help: "print every system call, decoded, on stderr" },
  help: { type: "flag", help: "help on the command" },
} as const satisfies OptionSpecs;

function readValue(name: string, spec: OptionSpec, text: string): unknown {
  if (spec.choices !== undefined && !spec.choices.includes(text)) {
    throw new UsageError(`--${name}: "${text}" is none of ${spec.choices.join(", ")}`, {
      word: text,
    });
  }
  switch (spec.type) {
    case "size":
      return parseSize(text, `--${name}`);
    case "range":
      return parseRange(text, `--${name}`);
    case "integer":
      if (!/^\d+$/.test(text) || Number(text) > 0x7fff_ffff) {
        throw new UsageError(`--${name}: "${text}" is not a whole number from 0 to 2147483647`, {
          word: text,
        });
      }
      return Number(text);
    default:
      return text;
  }
}

function unknownOption(name: string, specs: OptionSpecs, command: string): UsageError {
  const known = Object.keys(specs);
  const nearest = nearestWord(name, known);
  return new UsageError(`${before(command)}unknown option "--${name}"`, {
    word: `--${name}`,
    hint: known.length === 0
      ? `${command} takes no options.`
      : `${nearest === undefined ? "" : `Did you mean --${nearest}? `}See ${helpOf(command)}.`,
  });
}

/** Options that stand before every command belong to none. */
export const NO_COMMAND = "";

function before(command: string): string {
  return command === NO_COMMAND ? "" : `${command}: `;
}

function helpOf(command: string): string {
  return command === NO_COMMAND ? "boctl --help" : `boctl ${command} --help`;
}

/**
 * Joins `--name value` to `--name=value`, so that a value may begin with a dash; refuses unknown
 * options, missing values and values for flags.
 */
function normalise(
  words: readonly string[],
  specs: OptionSpecs,
  command: string,
  freeForm: boolean,
): { options: string[]; words: string[]; rest: string[] } {
  const options: string[] = [];
  const plain: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return { options, words: plain, rest: words.slice(i + 1) };
    if (word === "-h") {
      options.push("--help");
      continue;
    }
    if (!word.startsWith("--")) {
      if (/^-[A-Za-z]/.test(word)) {
        throw new UsageError(`${before(command)}unknown option "${word}"`, {
          word,
          hint: `Options have two dashes; see ${helpOf(command)}.`,
        });
      }
      plain.push(word);
      if (freeForm) return { options, words: [...plain, ...words.slice(i + 1)], rest: [] };
      continue;
    }
    const equals = word.indexOf("=");
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) throw unknownOption(name, specs, command);
    if (spec.type === "flag") {
      if (equals >= 0) throw new UsageError(`--${name} takes no value`, { word });
      options.push(word);
    } else if (equals >= 0) options.push(word);
    else {
      const value = words[++i];
      if (value === undefined) {
        throw new UsageError(`--${name} needs a value: ${spec.value ?? spec.type}`, { word });
      }
      options.push(`${word}=${value}`);
    }
  }
  return { options, words: plain, rest: [] };
}

/** Splits global options off the front of a line, up to the first word that is a command. */
export function splitGlobal(
  words: readonly string[],
): { readonly global: readonly string[]; readonly rest: readonly string[] } {
  let i = 0;
  for (; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!word.startsWith("-")) break;
    const name = word.replace(/^--/, "");
    const spec = Object.hasOwn(globalOptions, name)
      ? globalOptions[name as keyof typeof globalOptions]
      : undefined;
    if (spec !== undefined && spec.type !== "flag") i++;
  }
  return { global: words.slice(0, i), rest: words.slice(i) };
}

/**
 * Reads words by a definition's options.
 * @throws {UsageError} naming the word that is wrong
 */
export function parseOptions<O extends OptionSpecs>(
  specs: O,
  words: readonly string[],
  command: string,
  freeForm = false,
): Arguments<O> {
  const normal = normalise(words, specs, command, freeForm);
  const names = Object.keys(specs);
  const flags = names.filter((name) => specs[name]?.type === "flag");
  const parsed = parseArgs(normal.options, {
    boolean: flags,
    string: names.filter((name) => !flags.includes(name)),
    collect: names.filter((name) => !flags.includes(name)),
  });
  const options: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = parsed[name];
    if (spec.type === "flag") {
      options[name] = value === true;
      continue;
    }
    const values = (Array.isArray(value) ? value : []).map((text) =>
      readValue(name, spec, String(text))
    );
    if (spec.many === true) options[name] = values;
    else if (values.length > 1) {
      throw new UsageError(`--${name} is given ${values.length} times, it takes one value`, {
        word: `--${name}`,
      });
    } else options[name] = values[0];
  }
  return {
    options: options as Arguments<O>["options"],
    words: [...normal.words, ...normal.rest],
  };
}

/** How a command is written: `export BUF [options]`. */
export function usageOf(command: Command): string {
  const words = command.arguments.map((argument) => {
    const name = argument.many === true ? `${argument.name}…` : argument.name;
    return argument.optional === true ? `[${name}]` : name;
  });
  const options = Object.keys(command.options).length > 0 ? " [options]" : "";
  return [command.name, ...words].join(" ") + options;
}

/**
 * Reads a command's words: its own options and the global ones, and checks the number of
 * positional arguments.
 */
export function parseCommand(
  command: Command,
  words: readonly string[],
): Arguments<OptionSpecs> & { readonly global: Arguments<typeof globalOptions>["options"] } {
  const freeForm = command.freeForm === true;
  const specs: OptionSpecs = { ...globalOptions, ...command.options };
  const parsed = parseOptions(specs, words, command.name, freeForm);
  const global = Object.fromEntries(
    Object.keys(globalOptions).map((name) => [name, parsed.options[name]]),
  ) as unknown as Arguments<typeof globalOptions>["options"];
  if (!global.help) {
    const least = command.arguments.filter((argument) => argument.optional !== true).length;
    const most = command.arguments.some((argument) => argument.many === true)
      ? Infinity
      : command.arguments.length;
    if (parsed.words.length < least) {
      const missing = command.arguments[parsed.words.length];
      throw new UsageError(`${command.name}: ${missing?.name} is missing: ${missing?.help}`, {
        hint: `Usage: boctl ${usageOf(command)}`,
      });
    }
    if (parsed.words.length > most) {
      const extra = parsed.words[most] ?? "";
      throw new UsageError(`${command.name}: "${extra}" is one word too many`, {
        word: extra,
        hint: `Usage: boctl ${usageOf(command)}`,
      });
    }
    command.validate?.(parsed);
  }
  return { ...parsed, global };
}

/**
 * Holds a script's line to what a line can choose: device, backend and form of the answer are those
 * of the whole run.
 * @throws {UsageError}
 */
export function refuseGlobal(
  command: string,
  global: ReturnType<typeof parseCommand>["global"],
): void {
  const given = Object.entries(global).find(([name, value]) =>
    name !== "help" && value !== undefined && value !== false
  );
  if (given === undefined) return;
  throw new UsageError(`${command}: --${given[0]} is said of a whole script, not of a line`, {
    word: `--${given[0]}`,
    hint: `boctl run FILE --${given[0]} … ; --on DEVICE chooses a device for one line.`,
  });
}
