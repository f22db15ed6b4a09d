/** @module */
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import type { DifferentLine, Replayed } from "../trace/replay.ts";
import type { Trace } from "../trace/read.ts";
import { defineCommand, type Result } from "./command.ts";

/** Differences that are shown with --keep-going. */
const MOST_SHOWN = 100;

async function describeDifference(
  trace: Trace,
  { line, recorded, here, fields }: DifferentLine,
): Promise<{ readonly data: Record<string, unknown>; readonly text: readonly string[] }> {
  const { commandOf, formatCommand, linesBefore } = await import("../trace/context.ts");
  const { formatEntry, formatValue } = await import("../trace/format_entry.ts");
  const command = commandOf(trace, line);
  const told = fields.map(({ field, a, b }) =>
    `  ${escapeText(field)}: recorded ${formatValue(a)}, here ${formatValue(b)}`
  );
  return {
    data: {
      line,
      ...(command === undefined ? {} : { command: command.text }),
      fields: fields.map(({ field, a, b }) => ({ field, recorded: a ?? null, here: b ?? null })),
      recorded,
      here,
    },
    text: [
      `${escapeText(trace.file)}:${line}: another answer`,
      ...told,
      ...(command === undefined ? [] : [`  command: ${formatCommand(command)}`]),
      ...linesBefore(trace, line).map((before) => `  ${before}`),
      `  recorded ${line}: ${formatEntry(recorded)}`,
      `  here     ${line}: ${formatEntry(here)}`,
    ],
  };
}

function countsText({ calls, leftOut, notCompared }: Replayed): string {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts).map(([why, count]) => `${count} ${why}`).join(", ");
  const left = list(leftOut);
  const uncompared = list(notCompared);
  return `${plural(calls, "call")} replayed${left === "" ? "" : `; left out: ${left}`}${
    uncompared === "" ? "" : `; not compared: ${uncompared}`
  }`;
}

export const command = defineCommand({
  name: "replay",
  summary: "make the calls of a recorded trace here, and compare the answers",
  group: "scripts",
  arguments: [{ name: "FILE", help: "a trace, written by --record or attest" }],
  options: {
    strict: { type: "flag", help: "compare facts about the machine, too (versions, GPU ids)" },
    "keep-going": { type: "flag", help: `show all differences, at most ${MOST_SHOWN}` },
  },
  details: `DRM nodes are found by driver, kind and number among their like, heaps by name.
Descriptors, offsets and inode numbers are compared by what they stand for.
What only looks around (sysfs, directories) is left out, and so is the device's
side of a simulated board on a live kernel; counts tell.
Exit 0: the same answers; 1: a difference; 77: a device of the trace is missing.
On a live kernel no call is made whose memory would not be the trace's own.`,
  examples: [
    { line: "replay rk3588.jsonl --device sim:panthor", shows: "whether the simulator agrees" },
    { line: "replay bug.jsonl --keep-going", shows: "all that this machine answers differently" },
  ],
  async run(context, { options, words }): Promise<Result> {
    const file = words[0] ?? "";
    const { readTrace } = await import("../trace/read.ts");
    const { replay } = await import("../trace/replay.ts");
    const trace = await readTrace(file, context.readFile);
    if (trace.notice !== undefined) context.notice(trace.notice);
    const { kernel } = context.workspace;
    const done = await replay(kernel, trace, {
      strict: options.strict,
      most: options["keep-going"] ? MOST_SHOWN : 1,
      signal: context.signal,
    });
    const differences = await Promise.all(
      done.differences.map((difference) => describeDifference(trace, difference)),
    );
    const who = ({ name, release }: { readonly name: string; readonly release: string }): string =>
      `${escapeText(name)} (Linux ${escapeText(release)})`;
    const { on } = trace.header;
    const data = {
      file,
      recorded: on,
      calls: done.calls,
      leftOut: done.leftOut,
      notCompared: done.notCompared,
      differences: differences.map(({ data }) => data),
    };
    if (differences.length === 0) {
      return {
        data,
        text: `${escapeText(file)}: ${who({ ...on, name: on.kernel })} and ${
          who(kernel.identity)
        } answer the same: ${countsText(done)}`,
      };
    }
    return {
      data,
      text: [...differences.flatMap(({ text }) => text), countsText(done)].join("\n"),
      exitCode: 1,
    };
  },
});
