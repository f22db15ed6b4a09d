/**
 * Scripts as text: one command a line, `expect CONDITION` before a command, and the lines that are
 * no commands: set, repeat … end, include, require.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { splitWords, type Word, WordError } from "../syntax/words.ts";
import { variableName } from "../syntax/variables.ts";
import { conditionLength } from "./_expectation.ts";
import { type Line, place, placeAt } from "./_location.ts";

/** What every statement has: its place, and its words, variables not yet replaced. */
interface Common {
  readonly at: Line;
  readonly words: readonly Word[];
  /** The line as it was written. */
  readonly source: string;
  /** Lines that are nothing but comments, right above it. */
  readonly comments: readonly string[];
}
/** A command; `words` are its own. */
export interface CommandStatement extends Common {
  readonly kind: "command";
  /** The words of `expect`'s condition. */
  readonly condition?: readonly Word[];
}
/** `set NAME VALUE`. */
export interface SetStatement extends Common {
  readonly kind: "set";
  readonly name: string;
  readonly value: Word;
}
/** `require …`; `words` are those that follow. */
export interface RequireStatement extends Common {
  readonly kind: "require";
}
/** `repeat N [as NAME]` … `end`. */
export interface RepeatStatement extends Common {
  readonly kind: "repeat";
  readonly count: Word;
  /** The variable that counts the passes, from 0. */
  readonly variable: string;
  readonly body: readonly Statement[];
  /** The line of its `end`. */
  readonly closing: { readonly source: string; readonly comments: readonly string[] };
}
/** `include FILE`; `body` is what stands in that file. */
export interface IncludeStatement extends Common {
  readonly kind: "include";
  readonly file: string;
  readonly body: readonly Statement[];
}
/** One statement of a script. */
export type Statement =
  | CommandStatement
  | SetStatement
  | RequireStatement
  | RepeatStatement
  | IncludeStatement;

/** An include whose file has yet to be read. */
export interface PendingInclude {
  readonly statement: IncludeStatement;
  /** Gives it its body. */
  readonly fill: (body: readonly Statement[]) => void;
}

/** A comment, on its own or at the end of a line. */
export interface Comment {
  readonly at: Line;
  /** Where its `#` stands, from 1. */
  readonly column: number;
  /** From its `#` on. */
  readonly text: string;
  /** The line that it is about: its own, or the one right below; undefined where there is none. */
  readonly of: Line | undefined;
}

/** A file's statements. */
export interface ParsedFile {
  readonly statements: readonly Statement[];
  readonly comments: readonly Comment[];
  readonly includes: readonly PendingInclude[];
}

/** The variable of a `repeat` without `as`. */
const COUNTER = "i";
/** How deep repeats may stand in each other. */
const DEEPEST_REPEAT = 32;

/** A word that is taken as it is written. */
function literal(word: Word, what: string): string {
  if (word.pieces === undefined) return word.text;
  throw new UsageError(`${what} is taken as it is: no variables`, { word: word.text });
}

function nameOf(word: Word, directive: string): string {
  const name = literal(word, `${directive}: the name`);
  if (variableName.test(name)) return name;
  throw new UsageError(`${directive}: "${name}" is not a variable's name`, {
    word: name,
    hint: "Names have letters, digits and _, and do not begin with a digit.",
  });
}

function tooMany(word: Word, usage: string): UsageError {
  return new UsageError(`"${word.text}" is one word too many`, { word: word.text, hint: usage });
}

function parseSet(common: Common): SetStatement {
  const usage = 'Usage: set NAME VALUE; quotes make one word of several: set NAME "A B".';
  const [, name, value, extra] = common.words;
  if (name === undefined || value === undefined) {
    throw new UsageError("set: a name and a value must follow", { hint: usage });
  }
  if (extra !== undefined) throw tooMany(extra, usage);
  return { kind: "set", ...common, name: nameOf(name, "set"), value };
}

function parseRepeat(
  common: Common,
  body: readonly Statement[],
  closing: RepeatStatement["closing"],
): RepeatStatement {
  const usage = "Usage: repeat N … end, repeat N as NAME … end.";
  const [, count, as, name, extra] = common.words;
  if (count === undefined) throw new UsageError("repeat: a number must follow", { hint: usage });
  if (as !== undefined && as.text !== "as") throw tooMany(as, usage);
  if (as !== undefined && name === undefined) {
    throw new UsageError("repeat: as needs a name", { word: as.text, hint: usage });
  }
  if (extra !== undefined) throw tooMany(extra, usage);
  const variable = name === undefined ? COUNTER : nameOf(name, "repeat");
  return { kind: "repeat", ...common, count, variable, body, closing };
}

function parseInclude(common: Common, body: readonly Statement[]): IncludeStatement {
  const usage = "Usage: include FILE, relative to the file it stands in.";
  const [, file, extra] = common.words;
  if (file === undefined || file.text === "") {
    throw new UsageError("include: a file must follow", { hint: usage });
  }
  if (extra !== undefined) throw tooMany(extra, usage);
  const path = literal(file, "include: the file is read before the first command, its name");
  return { kind: "include", ...common, file: path, body };
}

function parseCommand(common: Common): CommandStatement {
  const { words } = common;
  if (words[0]?.pieces !== undefined || words[0]?.text !== "expect") {
    return { kind: "command", ...common };
  }
  const length = 1 + conditionLength(words[1]?.text ?? "");
  const condition = words.slice(1, length);
  const command = words.slice(length);
  if (command.length === 0) {
    throw new UsageError("expect: a condition and a command must follow");
  }
  return { kind: "command", ...common, words: command, condition };
}

/** The lines of one file, read one after another. */
class Reader {
  readonly includes: PendingInclude[] = [];
  readonly #open: {
    readonly common: Common;
    readonly body: Statement[];
    readonly close: (end: Common) => void;
  }[] = [];
  #body: Statement[] = [];

  /** Takes one line's words. */
  take(common: Common): void {
    const [first] = common.words;
    const directive = first?.pieces === undefined ? first?.text : "";
    switch (directive) {
      case "set":
        this.#body.push(parseSet(common));
        break;
      case "require":
        this.#body.push({ kind: "require", ...common, words: common.words.slice(1) });
        break;
      case "include":
        this.#include(common);
        break;
      case "repeat":
        this.#repeat(common);
        break;
      case "end":
        this.#end(common);
        break;
      default:
        this.#body.push(parseCommand(common));
    }
  }

  #include(common: Common): void {
    const body: Statement[] = [];
    const statement = parseInclude(common, body);
    this.#body.push(statement);
    this.includes.push({ statement, fill: (statements) => void body.push(...statements) });
  }

  #repeat(common: Common): void {
    if (this.#open.length === DEEPEST_REPEAT) {
      throw new UsageError(`repeats stand more than ${DEEPEST_REPEAT} deep in each other`);
    }
    const body: Statement[] = [];
    const closing: { source: string; comments: readonly string[] } = { source: "", comments: [] };
    const close = ({ source, comments }: Common): void => {
      Object.assign(closing, { source, comments });
    };
    // Read now, so that what is wrong with it is told before what is wrong inside.
    this.#body.push(parseRepeat(common, body, closing));
    this.#open.push({ common, body: this.#body, close });
    this.#body = body;
  }

  #end(common: Common): void {
    const [, extra] = common.words;
    if (extra !== undefined) throw tooMany(extra, "Usage: repeat N … end.");
    const outer = this.#open.pop();
    if (outer === undefined) throw new UsageError("end: no repeat is open");
    outer.close(common);
    this.#body = outer.body;
  }

  /** All statements. @throws {UsageError} where a repeat has no end */
  finish(): readonly Statement[] {
    const open = this.#open.at(-1);
    if (open !== undefined) {
      throw place(new UsageError("repeat has no end"), open.common.at, open.common.words);
    }
    return this.#body;
  }
}

/** Collects comments with what they are about. */
class Comments {
  readonly all: Comment[] = [];
  #above: Omit<Comment, "of">[] = [];

  take(at: Line, words: readonly Word[], source: string): void {
    const from = (words.at(-1)?.end ?? 1) - 1;
    const hash = source.indexOf("#", from);
    if (words.length > 0) this.#flush(at);
    else if (hash < 0) this.#flush(undefined);
    if (hash < 0) return;
    const comment = { at, column: hash + 1, text: source.slice(hash).trimEnd() };
    if (words.length > 0) this.all.push({ ...comment, of: at });
    else this.#above.push(comment);
  }

  finish(): readonly Comment[] {
    this.#flush(undefined);
    return this.all;
  }

  #flush(of: Line | undefined): void {
    for (const comment of this.#above) this.all.push({ ...comment, of });
    this.#above = [];
  }
}

/**
 * Reads a file's lines.
 * @param file its name in messages
 * @throws {UsageError} with its place, for a line that cannot be read
 */
export function parseScript(text: string, file: string): ParsedFile {
  const reader = new Reader();
  const remarks = new Comments();
  let comments: string[] = [];
  text.split("\n").forEach((source, i) => {
    const at = { file, line: i + 1 };
    let words: readonly Word[] = [];
    try {
      words = splitWords(source);
      remarks.take(at, words, source);
      if (words.length > 0) reader.take({ at, words, source, comments });
      else if (source.trim() !== "") comments.push(source.trim());
      if (words.length > 0 || source.trim() === "") comments = [];
    } catch (error) {
      if (error instanceof WordError) throw placeAt(error, at, error.column);
      throw error instanceof Error ? place(error, at, words) : error;
    }
  });
  return {
    statements: reader.finish(),
    comments: remarks.finish(),
    includes: reader.includes,
  };
}
