/**
 * JSON as people write it in files: what is wrong is told by line and column, and where each value
 * stands can be asked for afterwards.
 *
 * @module
 */

/** A place in a text, both from 1; columns are UTF-16 code units. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Text that is no JSON. */
export class JsonTextError extends Error {
  /** The class's name, for messages. */
  override readonly name = "JsonTextError";
  /** The first character that JSON does not allow. */
  readonly at: TextPlace;

  constructor(message: string, at: TextPlace) {
    super(message);
    this.at = at;
  }
}

/** A JSON text, read. */
export interface JsonText {
  readonly value: unknown;
  /** Names that one object gives twice, as paths; JSON.parse takes the last in silence. */
  readonly repeated: readonly string[];
  /** Where a value stands by its path, `devices[0].driver`; "" is the whole. */
  readonly placeOf: (path: string) => TextPlace | undefined;
}

/** How deep lists and objects may stand in each other. */
const DEEPEST = 64;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /\w+/y;

function placeIn(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** A path one step further: a name or an index. */
function below(path: string, step: string | number): string {
  if (typeof step === "number") return `${path}[${step}]`;
  return path === "" ? step : `${path}.${step}`;
}

class Scanner {
  readonly #text: string;
  #offset = 0;
  #depth = 0;
  readonly offsets = new Map<string, number>();
  readonly repeated: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  #fail(message: string, offset = this.#offset): never {
    throw new JsonTextError(message, placeIn(this.#text, offset));
  }
  #peek(): string {
    return this.#text[this.#offset] ?? "";
  }
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    return pattern.exec(this.#text)?.[0];
  }
  /** What stands here, for messages. */
  #found(): string {
    const c = this.#peek();
    if (c === "") return "the text ends";
    if (c === "\ufeff") return "there is a byte order mark";
    return `there is ${JSON.stringify(this.#match(WORD) ?? c)}`;
  }
  /** Past white space; a comment is named as what it is. */
  #space(): void {
    while (/[ \t\r\n]/.test(this.#peek())) this.#offset++;
    const two = this.#text.slice(this.#offset, this.#offset + 2);
    if (two === "//" || two === "/*" || this.#peek() === "#") {
      this.#fail("there is a comment, and JSON has none");
    }
  }

  whole(): void {
    this.#value("");
    this.#space();
    if (this.#peek() !== "") this.#fail(`after the end ${this.#found()}`);
  }

  #value(path: string): void {
    this.#space();
    this.offsets.set(path, this.#offset);
    const c = this.#peek();
    if (c === "{") return this.#members(path);
    if (c === "[") return this.#items(path);
    if (c === '"') return void this.#string();
    const found = this.#match(NUMBER) ?? this.#match(/(?:true|false|null)/y);
    // `01` and `nullx` are one word that is no value.
    const whole = found !== undefined && !/\w/.test(this.#text[this.#offset + found.length] ?? "");
    if (!whole) this.#fail(`wanted a value, ${this.#found()}`);
    this.#offset += found.length;
  }

  /** Enters a list or object; false where it is empty. */
  #enter(close: string): boolean {
    if (++this.#depth > DEEPEST) this.#fail(`lists and objects are more than ${DEEPEST} deep`);
    this.#offset++;
    this.#space();
    return this.#peek() !== close;
  }
  /** After one item: whether another follows. */
  #more(close: string): boolean {
    this.#space();
    const c = this.#peek();
    if (c !== "," && c !== close) this.#fail(`wanted "," or "${close}", ${this.#found()}`);
    if (c === close) return false;
    const comma = this.#offset++;
    this.#space();
    if (this.#peek() === close) this.#fail(`a "," before "${close}", where JSON has none`, comma);
    return true;
  }
  #leave(): void {
    this.#depth--;
    this.#offset++;
  }

  #items(path: string): void {
    if (this.#enter("]")) {
      let i = 0;
      do this.#value(below(path, i++)); while (this.#more("]"));
    }
    this.#leave();
  }

  #members(path: string): void {
    if (this.#enter("}")) {
      const seen = new Set<string>();
      do {
        this.#space();
        if (this.#peek() !== '"') this.#fail(`wanted a name in double quotes, ${this.#found()}`);
        const offset = this.#offset;
        const name = this.#string();
        const at = below(path, name);
        if (seen.has(name)) this.repeated.push(at);
        seen.add(name);
        this.#space();
        if (this.#peek() !== ":") this.#fail(`wanted ":" after the name, ${this.#found()}`);
        this.#offset++;
        this.#value(at);
        // A field is found by its name, not its value.
        this.offsets.set(at, offset);
      } while (this.#more("}"));
    }
    this.#leave();
  }

  #string(): string {
    const start = this.#offset++;
    for (;;) {
      const c = this.#peek();
      if (c === "") this.#fail("a text has no closing quote", start);
      if (c < " ") {
        this.#fail(c === "\n" ? "a text has no closing quote" : "a text has a control character");
      }
      this.#offset++;
      if (c === '"') break;
      if (c !== "\\") continue;
      const escape = this.#match(/["\\/bfnrt]|u[0-9a-fA-F]{4}/y);
      if (escape === undefined) this.#fail("a text has a \\ that JSON does not know");
      this.#offset += escape.length;
    }
    return JSON.parse(this.#text.slice(start, this.#offset)) as string;
  }
}

/**
 * Reads a JSON text.
 * @throws {JsonTextError} for the first character that JSON does not allow
 */
export function readJsonText(text: string): JsonText {
  const scanner = new Scanner(text);
  scanner.whole();
  return {
    value: JSON.parse(text) as unknown,
    repeated: scanner.repeated,
    placeOf: (path) => {
      const offset = scanner.offsets.get(path);
      return offset === undefined ? undefined : placeIn(text, offset);
    },
  };
}
