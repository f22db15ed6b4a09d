/**
 * What `emit-c` writes in C: a trace that was recorded, or one that a script gives now.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { Source } from "../emit/source.ts";
import type { TraceEntry } from "../trace/format.ts";
import { parseTrace, TRACE_LIMIT } from "../trace/read.ts";
import { RecordingKernel, traceHeader } from "../trace/record.ts";
import { restartingKernel } from "../workspace/restarting_kernel.ts";
import { Workspace } from "../workspace/workspace.ts";
import type { Context } from "./command.ts";
import { quoteWords } from "./execute.ts";
import { commandsIn, readScript, type Script } from "./_load_script.ts";
import { freshWorkspace } from "./_fresh_workspace.ts";
import { runScript } from "./_run_script.ts";
import type { CommandStatement, Statement } from "./_script.ts";

/** The comment that a script begins with, without `#`. */
function storyOf(text: string): readonly string[] {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines.slice(0, end < 0 ? lines.length : end)
    .filter((line) => !/^# ?policy:/.test(line))
    .map((line) => line.replace(/^# ?/, "").trimEnd());
}

function commandsOf(statements: readonly Statement[]): readonly CommandStatement[] {
  return statements.flatMap((statement) =>
    "body" in statement
      ? commandsOf(statement.body)
      : statement.kind === "command"
      ? [statement]
      : []
  );
}

/** Conditions by the place of their command, as they are written. */
function conditionsOf(script: Script): ReadonlyMap<string, string> {
  return new Map(
    commandsOf(script.statements).map(({ at, condition }) => [
      `${at.file}:${at.line}`,
      condition === undefined ? "" : `expect ${quoteWords(condition.map(({ text }) => text))} `,
    ]),
  );
}

async function recorded(context: Context, script: Script): Promise<Omit<Source, "name" | "story">> {
  const entries: TraceEntry[] = [];
  const conditions = conditionsOf(script);
  const chosen = await freshWorkspace(context);
  const { kernel, deviceSpec, notice } = chosen;
  const recording = new RecordingKernel(kernel, (entry) => void entries.push(entry));
  const workspace = new Workspace(restartingKernel(recording), deviceSpec, notice);
  const { readFile, writeFile, readStdin, descriptors, asked, signal } = context;
  try {
    await runScript({
      ...{ workspace, readFile, writeFile, readStdin, notice, descriptors, asked, signal },
      // Standard output has the C file.
      show: () => {},
      begin: (source) => {
        workspace.journal.at = source;
        const { command, ...place } = source;
        const condition = conditions.get(`${source.file}:${source.line}`) ?? "";
        recording.note({ command: `${condition}${command}`, ...place });
      },
    }, script);
    recording.note({ command: "" });
  } finally {
    workspace.close();
    chosen.close();
  }
  return { header: traceHeader(kernel), entries };
}

/**
 * Reads a trace, or runs a script and takes what it did.
 * @throws {UsageError} for what is neither
 * @throws what the script's commands throw
 */
export async function readSource(context: Context, name: string): Promise<Source> {
  const bytes = name === "-"
    ? await context.readStdin(TRACE_LIMIT)
    : await context.readFile(name, TRACE_LIMIT);
  const file = name === "-" ? "(standard input)" : name;
  const text = new TextDecoder().decode(bytes);
  if (/^\s*\{/.test(text)) {
    const { header, lines, notice } = parseTrace(text, file);
    if (notice !== undefined) context.notice(notice);
    return { header, entries: lines.map(({ entry }) => entry), name: file, story: [] };
  }
  const script = await readScript(context, text, file);
  if (commandsIn(script.statements) === 0) {
    throw new UsageError(`${file}: there is no command in it`, { word: name });
  }
  return { ...await recorded(context, script), name: file, story: storyOf(text) };
}
