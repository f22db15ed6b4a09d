/** @module */
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import type { Parting } from "../trace/diff.ts";
import type { Line, Trace } from "../trace/read.ts";
import { defineCommand, type Result } from "./command.ts";

/** Differences that are shown with --keep-going. */
const MOST_SHOWN = 100;

async function side(trace: Trace, line: Line | undefined): Promise<readonly string[]> {
  const { commandOf, formatCommand, linesBefore } = await import("../trace/context.ts");
  const { formatEntry } = await import("../trace/format_entry.ts");
  const file = escapeText(trace.file);
  if (line === undefined) {
    return [`  ${file} ends after ${plural(trace.lines.length + 1, "line")}`];
  }
  const command = commandOf(trace, line.line);
  return [
    ...(command === undefined ? [] : [`  command: ${formatCommand(command)}`]),
    ...linesBefore(trace, line.line).map((before) => `  ${before}`),
    `  ${file}:${line.line}: ${formatEntry(line.entry)}`,
  ];
}

async function describeParting(
  a: Trace,
  b: Trace,
  parting: Parting,
): Promise<{ readonly data: Record<string, unknown>; readonly text: readonly string[] }> {
  const { formatValue } = await import("../trace/format_entry.ts");
  const { fields } = parting;
  const lines = [parting.a?.line ?? null, parting.b?.line ?? null];
  return {
    data: {
      lines,
      fields: fields.map(({ field, a, b }) => ({ field, a: a ?? null, b: b ?? null })),
      calls: [parting.a?.entry ?? null, parting.b?.entry ?? null],
    },
    text: [
      `${escapeText(a.file)}:${lines[0] ?? "end"} and ${escapeText(b.file)}:${lines[1] ?? "end"} ` +
      "differ",
      ...fields.map(({ field, a, b }) =>
        `  ${escapeText(field)}: ${formatValue(a)}, ${formatValue(b)}`
      ),
      ...await side(a, parting.a),
      ...await side(b, parting.b),
    ],
  };
}

export const command = defineCommand({
  name: "diff",
  summary: "compare two recorded traces",
  group: "scripts",
  arguments: [
    { name: "A", help: "a trace, written by --record or attest" },
    { name: "B", help: "another one" },
  ],
  options: {
    strict: { type: "flag", help: "compare facts about the machine and looking around, too" },
    "keep-going": { type: "flag", help: `show all differences, at most ${MOST_SHOWN}` },
  },
  details: `Descriptors, mappings, offsets and inode numbers are compared by what they stand
for, waits by how they end. Exit 0: the same; 1: different; 2: one is no trace.`,
  examples: [
    { line: "diff 6.12.jsonl 7.2.jsonl", shows: "the first call that answers differently" },
  ],
  needsKernel: () => false,
  async run(context, { options, words }): Promise<Result> {
    const { readTrace } = await import("../trace/read.ts");
    const { diffTraces } = await import("../trace/diff.ts");
    const a = await readTrace(words[0] ?? "");
    const b = await readTrace(words[1] ?? "");
    for (const { notice } of [a, b]) if (notice !== undefined) context.notice(notice);
    const { same, partings } = diffTraces(a, b, {
      strict: options.strict,
      most: options["keep-going"] ? MOST_SHOWN : 1,
    });
    const told = await Promise.all(partings.map((parting) => describeParting(a, b, parting)));
    const data = { files: [a.file, b.file], same, differences: told.map(({ data }) => data) };
    if (told.length === 0) {
      return {
        data,
        text: `${escapeText(a.file)} and ${escapeText(b.file)}: ${plural(same, "call")} alike`,
      };
    }
    return {
      data,
      text: [...told.flatMap(({ text }) => text), `${plural(same, "call")} alike`].join("\n"),
      exitCode: 1,
    };
  },
});
