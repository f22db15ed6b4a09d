/**
 * A recorded trace as one C file, for people without boctl.
 *
 * @module
 */
import type { TraceEntry, TraceHeader } from "../trace/format.ts";
import { CallWriter, type Lines } from "./calls.ts";
import { comment, commentText, paragraphs } from "./c_text.ts";
import { planTrace, type Step } from "./plan.ts";
import { Program } from "./program.ts";
import type { StepName } from "./style.ts";
import { type StyleName, styles } from "./styles/mod.ts";

/** What is written. */
export interface Source {
  readonly header: TraceHeader;
  readonly entries: readonly TraceEntry[];
  /** What the file is called in its head: the script's or the trace's name. */
  readonly name: string;
  /** The comment that a script begins with, without `#`. */
  readonly story: readonly string[];
}

/** A C file and what it does. */
export interface Emitted {
  readonly text: string;
  /** Commands that it makes, the one that it ends at included. */
  readonly commands: number;
  /** System calls that it makes. */
  readonly calls: number;
  /** Commands of the trace that need the simulator, and those after them. */
  readonly left: number;
}

/** Headers, and what in a file asks for each; all files have the others. */
const includes: readonly (readonly [string, RegExp?])[] = [
  ["errno.h"],
  ["fcntl.h"],
  ["inttypes.h", /\bPRI\w+\b/],
  ["poll.h", /\bpoll\(/],
  ["setjmp.h", /\bsigjmp_buf\b/],
  ["signal.h", /\bsigaction\b/],
  ["stdarg.h", /\bva_list\b/],
  ["stddef.h"],
  ["stdint.h"],
  ["stdio.h"],
  ["stdlib.h"],
  ["string.h"],
  ["sys/ioctl.h", /\bioctl\(/],
  ["sys/mman.h", /\bmmap\(|\bmap_error\(|\bMFD_/],
  ["sys/stat.h", /\bstruct stat\b/],
  ["sys/syscall.h", /\bsyscall\(/],
  ["sys/types.h"],
  ["sys/vfs.h", /\bstruct statfs\b/],
  ["time.h", /\bclock_gettime\(/],
  ["unistd.h"],
];

/** Constants that C libraries older than the kernel do not have. */
const late: Readonly<Record<string, string>> = {
  F_ADD_SEALS: "1033",
  F_GET_SEALS: "1034",
  MFD_CLOEXEC: "1",
  MFD_ALLOW_SEALING: "2",
};

function titleOf({ command, line }: Step): string {
  const where = line === undefined ? "" : `${line}: `;
  // KTAP has "#" for directives.
  return commentText(`${where}${command || "let go of everything"}`).replaceAll("#", "").trim();
}

/** The body of a function: a block of its own for each call that declares something. */
function body(parts: readonly Lines[]): string[] {
  const declaring = parts.filter(({ declarations }) => declarations.length > 0).length;
  const lines: string[] = [];
  parts.forEach(({ declarations, statements }, i) => {
    const isFirst = i === 0 && declaring === 1;
    if (declarations.length === 0 || isFirst) {
      lines.push(...declarations, ...(declarations.length > 0 ? [""] : []), ...statements);
      return;
    }
    lines.push(
      "{",
      ...[...declarations, "", ...statements].map((line) => line === "" ? "" : `\t${line}`),
      "}",
    );
  });
  return lines.map((line) => line === "" ? "" : `\t${line}`);
}

/** Whether a line of the file, not of a function, is one of a comment: comments hold any word. */
function isComment(line: string): boolean {
  return /^(\/\*| \*)/.test(line);
}

/** Whether a line does nothing but set a variable that nobody reads. */
function isIdle(line: string, all: string): boolean {
  const name = /^\s*(\w+) = [\w.]+;$/.exec(line)?.[1];
  return name !== undefined && all.match(new RegExp(`\\b${name}\\b`, "g"))?.length === 1;
}

/** `8 more commands, 2 of them with an expectation`. */
function restText(left: readonly string[]): string {
  const expecting = left.filter((command) => command.startsWith("expect ")).length;
  return `${left.length} more ${
    left.length === 1 ? "command" : "commands"
  }, ${expecting} with an ` +
    "expectation";
}

/** The nodes that a trace was recorded on. */
function nodesText(entries: readonly TraceEntry[], program: Program): string[] {
  const nodes = new Set<string>();
  for (const entry of entries) {
    if (entry.call !== "open" || entry.node === undefined) continue;
    if (!program.descriptors.has(String(entry.result))) continue;
    const { driver, version, kind, index } = entry.node;
    nodes.add(`${driver} ${version} (${kind} node ${index} of that driver)`);
  }
  return nodes.size === 0 ? [] : [`Recorded with ${[...nodes].join(", ")}.`];
}

function head(
  source: Source,
  nodes: readonly string[],
  left: readonly string[],
  exits: string,
): string[] {
  const { boctl, on } = source.header;
  const { story } = source;
  return comment([
    ...(story.length > 0 ? [story[0] ?? "", ...paragraphs(story.slice(1)), ""] : []),
    `Written by boctl ${boctl} (emit-c) from ${source.name}. The answers compared with are those of ` +
    `${on.backend === "live" ? "a live kernel" : on.kernel}, Linux ${on.release} on ${on.arch}.`,
    ...nodes,
    ...(left.length === 0 ? [] : [
      "",
      `INCOMPLETE: what devices do to memory only boctl's simulator shows. This program ends as ` +
      `skipped at the first such command; ${restText(left)} would follow, see the end.`,
    ]),
    "",
    exits,
  ]);
}

/**
 * Writes a trace as C.
 * @throws {NotSupported} for what C cannot do again
 */
export function emitC(source: Source, styleName: StyleName): Emitted {
  const style = styles[styleName];
  const program = new Program(style);
  const { steps, left } = planTrace(source.entries);
  const calls = new CallWriter(program);
  const names: StepName[] = [];
  const functions: string[][] = [];
  for (const step of steps) {
    if (step.calls.length === 0 && !step.needsDevice) continue;
    const symbol = `step_${names.length + 1}`;
    const title = titleOf(step);
    names.push({ symbol, title });
    const parts = step.calls.map((entry) => calls.write(entry));
    const skip = (): string => program.skip(`the rest needs boctl's simulator (${restText(left)})`);
    functions.push([
      ...comment([title]),
      `static void ${symbol}(void)`,
      "{",
      ...body([
        ...parts,
        ...(step.needsDevice ? [{ declarations: [], statements: [skip()] }] : []),
      ]),
      "}",
    ]);
  }
  const helpers = program.definitions();
  const written = functions.flat().filter((line) => !isComment(line)).join("\n");
  const kept = functions.map((lines) => lines.filter((line) => !isIdle(line, written)));
  const bodies = kept.flatMap((lines) => [...lines, ""]);
  const all = bodies.filter((line) => !isComment(line)).join("\n");
  const isUsed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(all);
  const lateOnes = Object.entries(late).filter(([name]) => isUsed(name)).flatMap((
    [name, value],
  ) => [`#ifndef ${name}`, `#define ${name} ${value}`, "#endif"]);
  const own = [
    ...helpers.flatMap(section),
    ...section(program.variables(isUsed)),
    "",
    ...bodies,
    ...style.main(names, source.story[0] ?? source.name),
  ];
  const definitions = [...section(style.reporting(program.reports)), ...own];
  const code = definitions.join("\n");
  // The kernel aligns 64 bits so everywhere; 32-bit x86 would not.
  const types = [["uint64_t", "aligned_u64"], ["int64_t", "aligned_s64"]]
    .filter(([, name]) => new RegExp(`\\b${name}\\b`).test(code))
    .map(([type, name]) => `typedef ${type} ${name} __attribute__((aligned(8)));`);
  const lines = [
    ...head(source, nodesText(source.entries, program), left, style.exits),
    "#ifndef _GNU_SOURCE",
    "#define _GNU_SOURCE",
    "#endif",
    "#define _FILE_OFFSET_BITS 64",
    ...includes.filter(([, asks]) => asks?.test(code) ?? true).map(([name]) =>
      `#include <${name}>`
    ),
    ...section(style.head),
    ...section(lateOnes),
    ...section(types),
    ...definitions,
    ...(left.length === 0 ? [] : section(comment([
      "What the simulator would do next:",
      ...left.map((command) => `  ${command}`),
    ]))),
  ];
  return {
    text: `${lines.join("\n")}\n`,
    commands: names.length,
    calls: steps.reduce((sum, step) => sum + step.calls.length, 0),
    left: left.length,
  };
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}
