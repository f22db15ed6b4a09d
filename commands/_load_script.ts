/**
 * Reading a script with all that it includes.
 *
 * @module
 */
import { BoctlError, UsageError } from "../errors.ts";
import { formatSize } from "../syntax/size.ts";
import type { Context } from "./command.ts";
import { type Line, place } from "./_location.ts";
import { type Comment, parseScript, type Statement } from "./_script.ts";

/** The largest script that is read, in bytes, with all that it includes. */
const SCRIPT_LIMIT = 16 << 20;
/** How deep files may include files. */
const DEEPEST_INCLUDE = 16;
/** How many times files may be included in one script. */
const MOST_INCLUDES = 1000;

/** A script, read. */
export interface Script {
  /** Its name in messages. */
  readonly file: string;
  readonly statements: readonly Statement[];
  /** All comments, those of included files too. */
  readonly comments: readonly Comment[];
}

/** What a script given as `-` is called. */
const STANDARD_INPUT = "(standard input)";

/** A name in the folder of the file that it is written in. */
function besides(file: string, name: string): string {
  const slash = file.lastIndexOf("/");
  return name.startsWith("/") || slash < 0 ? name : file.slice(0, slash + 1) + name;
}

/** A path without `.` and `..`, to tell whether two are the same. */
function plain(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.length === 0 || parts.at(-1) === "..") parts.push(part);
      else if (parts.at(-1) !== "") parts.pop();
    } else if (part !== "." && (part !== "" || parts.length === 0)) parts.push(part);
  }
  return parts.join("/");
}

type Read = (path: string, limit: number) => Promise<Uint8Array>;

class Loader {
  readonly #read: Read;
  /** Of all files so far. */
  readonly comments: Comment[] = [];
  #bytes = 0;
  #includes = 0;

  constructor(read: Read) {
    this.#read = read;
  }

  async text(path: string): Promise<string> {
    const bytes = await this.#read(path, SCRIPT_LIMIT);
    this.#bytes += bytes.length;
    if (this.#bytes > SCRIPT_LIMIT) {
      throw new UsageError(`the script is larger than ${formatSize(SCRIPT_LIMIT)} in all`);
    }
    return new TextDecoder().decode(bytes);
  }

  /** @param chain the files that include this one, the first first, and itself */
  async statements(text: string, chain: readonly string[]): Promise<readonly Statement[]> {
    const file = chain.at(-1) ?? "";
    const { statements, includes, comments } = parseScript(text, file);
    for (const comment of comments) this.comments.push(comment);
    for (const { statement, fill } of includes) {
      const path = besides(file === STANDARD_INPUT ? "" : file, statement.file);
      const next = [...chain, path];
      try {
        this.#admit(next);
        fill(await this.statements(await this.text(path), next));
      } catch (error) {
        if (!(error instanceof BoctlError)) throw error;
        throw place(error, statement.at, statement.words.slice(1));
      }
    }
    return statements;
  }

  #admit(chain: readonly string[]): void {
    const told = chain.join(" -> ");
    const path = plain(chain.at(-1) ?? "");
    if (chain.slice(0, -1).some((file) => plain(file) === path)) {
      throw new UsageError(`include: a file includes itself: ${told}`);
    }
    if (chain.length > DEEPEST_INCLUDE) {
      throw new UsageError(
        `include: files include files more than ${DEEPEST_INCLUDE} deep: ${told}`,
      );
    }
    if (++this.#includes > MOST_INCLUDES) {
      throw new UsageError(`include: more than ${MOST_INCLUDES} files are included`);
    }
  }
}

/** How many commands stand in a script; those of a repeat once. */
export function commandsIn(statements: readonly Statement[]): number {
  return statements.reduce(
    (count, statement) =>
      count +
      ("body" in statement ? commandsIn(statement.body) : statement.kind === "command" ? 1 : 0),
    0,
  );
}

/**
 * Reads a script's text, and the files it includes.
 * @param file its name: includes are relative to it, messages name it
 * @throws {UsageError} with its place
 */
export async function readScript(
  context: Pick<Context, "readFile">,
  text: string,
  file: string,
): Promise<Script> {
  const loader = new Loader(context.readFile);
  const statements = await loader.statements(text, [file]);
  return { file, statements, comments: loader.comments };
}

/**
 * Reads a script from its file and all that it includes.
 * @param name a path, or `-` for standard input
 * @throws {UsageError} with its place
 */
export async function loadScript(
  context: Pick<Context, "readFile" | "readStdin">,
  name: string,
): Promise<Script> {
  const standard = name === "-";
  const file = standard ? STANDARD_INPUT : name;
  const loader = new Loader((path, limit) =>
    standard && path === file ? context.readStdin(limit) : context.readFile(path, limit)
  );
  const statements = await loader.statements(await loader.text(file), [file]);
  const script = { file, statements, comments: loader.comments };
  if (commandsIn(script.statements) === 0) {
    throw new UsageError(`${file}: there is no command in it`, { word: name });
  }
  return script;
}

/** `line` in the script's own file, `file:line` in one that it includes. */
export function lineText(script: Script, { file, line }: Line): string {
  return file === script.file ? String(line) : `${file}:${line}`;
}
