/** @module */
import { plural } from "../output/plural.ts";
import { escapeText } from "../output/escape.ts";
import { defineCommand, type Result } from "./command.ts";
import type { StyleName } from "../emit/styles/mod.ts";

/** Which style `--style` names: kept here, so that help loads no generator. */
const styleNames: readonly StyleName[] = ["plain", "kselftest", "igt"];

export const command = defineCommand({
  name: "emit-c",
  summary: "write a script or a trace as one C file, for machines without boctl",
  group: "scripts",
  arguments: [{ name: "SCRIPT|TRACE", help: "a script, or what --record wrote" }],
  options: {
    out: { type: "text", value: "FILE", help: "write to this file instead of standard output" },
    style: {
      type: "text",
      value: "STYLE",
      choices: styleNames,
      help: "kselftest prints KTAP, igt is a test of IGT GPU Tools; default plain",
    },
  },
  details: `A script is run first, on the kernel that --device chooses, and has to pass; a
trace is taken as it is. The C file makes the same system calls on the node of the
same driver and compares what they answer: exit 0 where all is as recorded, 1 where
something is different, 77 where the device is missing.
What only the simulator has (device …) ends the file there, as skipped.
The file needs gcc or clang (GNU C11) and a C library, no kernel headers.
docs/emit_c.md tells what is compared and what is not.`,
  examples: [
    {
      line: "emit-c repro.boctl --device sim:qemu",
      shows: "C on standard output; with --out repro.c, then: cc -o repro repro.c && ./repro",
    },
    { line: "emit-c bug.jsonl --style igt", shows: "a recorded trace as a test of IGT" },
  ],
  ownProcess: () => true,
  needsKernel: () => false,
  async run(context, { options, words }): Promise<Result> {
    const name = words[0] ?? "";
    const { readSource } = await import("./_emit_source.ts");
    const { emitC } = await import("../emit/emit.ts");
    const style = styleNames.find((one) => one === options.style) ?? "plain";
    const source = await readSource(context, name);
    const { text, commands, calls, left } = emitC(source, style);
    const data = { file: name, style, on: source.header.on, commands, calls, left };
    if (options.out === undefined) return { data: { ...data, c: text }, text: text.trimEnd() };
    await context.writeFile(options.out, text);
    const rest = left === 0 ? "" : `; ${plural(left, "command")} more need the simulator`;
    return {
      data: { ...data, out: options.out },
      text: `${escapeText(options.out)}: ${plural(commands, "command")}, ${
        plural(calls, "system call")
      }${rest}`,
    };
  },
});
