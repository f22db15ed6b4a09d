/**
 * Help, made from the definitions.
 *
 * @module
 */
import { formatTable } from "../output/table.ts";
import { summaries } from "./_summaries.ts";
import type { Command, OptionSpec } from "./command.ts";
import { globalOptions, usageOf } from "./parse.ts";

function optionRow(name: string, spec: OptionSpec): string[] {
  const value = spec.type === "flag" ? "" : ` ${spec.value ?? spec.type.toUpperCase()}`;
  const choices = spec.choices === undefined ? "" : ` (${spec.choices.join(", ")})`;
  return [`--${name}${value}`, `${spec.help}${choices}${spec.many === true ? "; repeatable" : ""}`];
}

/** `boctl --help`. */
export function overview(version: string): string {
  const rows = Object.entries(summaries);
  return `boctl ${version}: inspect and manipulate GPU buffers (GEM buffer objects and dma-bufs)

Usage: boctl [--device DEVICE] COMMAND [ARGUMENTS] [, COMMAND …]

Commands:
${formatTable(rows, "  ")}

Options of every command:
${formatTable(Object.entries(globalOptions).map(([name, spec]) => optionRow(name, spec)), "  ")}
  --version  the version, of Deno too

Commands on one line, separated by " , ", share one process: what one makes the next can use.
Sizes: 64, 4KiB, 0x1000, 1M. Ranges: OFFSET:LENGTH or START..END.
Exit codes: 0 done, 1 a check failed, 2 usage, 3 the kernel refused, 4 no device,
  70 internal error, 77 not supported here, 130 interrupted.
Without a device on the machine: boctl --device sim:panthor … (boctl devices --boards lists boards).`;
}

/** `boctl COMMAND --help`. */
export async function commandHelp(command: Command): Promise<string> {
  const parts = [command.summary, `Usage: boctl ${usageOf(command)}`];
  if (command.arguments.length > 0) {
    parts.push(
      "Arguments:\n" +
        formatTable(command.arguments.map(({ name, help }) => [name, help]), "  "),
    );
  }
  const own = Object.entries(command.options);
  if (own.length > 0) {
    parts.push("Options:\n" + formatTable(own.map(([name, spec]) => optionRow(name, spec)), "  "));
  }
  const { details } = command;
  if (details !== undefined) parts.push(typeof details === "string" ? details : await details());
  if (command.examples.length > 0) {
    parts.push(
      "Examples:\n" +
        command.examples.map(({ line, shows }) => `  boctl ${line}\n      ${shows}`).join("\n"),
    );
  }
  return parts.join("\n\n");
}
