/**
 * A recorded trace as one C file, for people without boctl.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { CallWriter } from "./calls.ts";
import { brokenLine, comment, commentText } from "./c_text.ts";
import { head, restText } from "./head.ts";
import { planTrace, type Step } from "./plan.ts";
import type { Lines } from "./lines.ts";
import { includeLines, lateConstants, wideTypes } from "./preamble.ts";
import { Program } from "./program.ts";
import type { Source } from "./source.ts";
import type { StepName } from "./style.ts";
import { type StyleName, styles } from "./styles/mod.ts";

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

/** How often each word stands in lines of code. */
function wordsIn(lines: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    if (isComment(line)) continue;
    for (const [word] of line.matchAll(/\w+/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Whether a line does nothing but set a variable that nobody reads. */
function isIdle(line: string, counts: ReadonlyMap<string, number>): boolean {
  const name = /^\s*(\w+) = [\w.]+;$/.exec(line)?.[1];
  return name !== undefined && counts.get(name) === 1;
}

/**
 * Writes a trace as C.
 * @throws {UsageError} where there is nothing to write
 * @throws {NotSupported} for what C cannot do again
 */
export function emitC(source: Source, styleName: StyleName): Emitted {
  const style = styles[styleName];
  const program = new Program(style);
  const { steps, left } = planTrace(source.entries);
  const count = steps.reduce((sum, step) => sum + step.calls.length, 0);
  if (count === 0) {
    throw new UsageError(`${source.name}: makes no system call that C could make again`, {
      word: source.name,
      hint: "Looking around is left out, and what only the simulator has.",
    });
  }
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
  const written = wordsIn(functions.flat());
  const bodies = functions.flatMap((lines) => [
    ...lines.filter((line) => !isIdle(line, written)).flatMap((line) =>
      isComment(line) ? [line] : brokenLine(line)
    ),
    "",
  ]);
  const words = wordsIn(bodies);
  const own = [
    ...helpers.flatMap(section),
    ...section(program.variables((name) => words.has(name))),
    "",
    ...bodies,
    ...style.main(names, source.story[0] ?? source.name),
  ];
  const definitions = [...section(style.reporting(program.reports)), ...own];
  const code = definitions.join("\n");
  const lines = [
    ...head(source, program, left, style.exits),
    ...includeLines(code),
    ...section(style.head),
    ...section(lateConstants(code)),
    ...section(wideTypes(code)),
    ...definitions,
    ...(left.length === 0 ? [] : section(comment([
      "What the simulator would do next:",
      ...left.map((command) => `  ${command}`),
    ]))),
  ];
  return {
    text: `${lines.join("\n")}\n`,
    commands: names.length,
    calls: count,
    left: left.length,
  };
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}
