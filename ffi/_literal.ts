/**
 * The text form of field values, as far as it needs no definition: words, lists and records.
 *
 * ```text
 * value  = list | record | word
 * list   = "[" (value ("," value)* | fields (";" fields)*) "]"
 * record = "{" fields "}"
 * fields = name "=" value ("," name "=" value)*
 * word   = quoted text, or anything up to "," ";" "]" "}"
 * ```
 *
 * @module
 */
import type { JsonValue } from "./json.ts";

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #error(wanted: string): TypeError {
    const found = this.#at < this.#text.length ? `"${this.#text.slice(this.#at)}"` : "the end";
    return new TypeError(`Wanted ${wanted} at ${found} of "${this.#text}"`);
  }

  #word(): string {
    this.#space();
    const rest = this.#text.slice(this.#at);
    const match = /^"(?:[^"\\]|\\.)*"/s.exec(rest) ?? /^[^,;\[\]{}="]+/.exec(rest);
    if (!match) throw this.#error("a value");
    this.#at += match[0].length;
    return match[0].trim();
  }

  /** The name of `name=`, or undefined where a plain value stands. */
  #name(): string | undefined {
    this.#space();
    const match = /^([\w.]+)\s*=/.exec(this.#text.slice(this.#at));
    if (!match) return undefined;
    this.#at += match[0].length;
    return match[1];
  }

  #fields(): JsonValue {
    const fields: [string, JsonValue][] = [];
    do {
      const name = this.#name();
      if (name === undefined) throw this.#error(`"name=value"`);
      fields.push([name, this.#value()]);
    } while (this.#take(","));
    return Object.fromEntries(fields);
  }

  #list(): JsonValue {
    const items: JsonValue[] = [];
    if (this.#take("]")) return items;
    do {
      const start = this.#at;
      const named = this.#name() !== undefined;
      this.#at = start;
      items.push(named ? this.#fields() : this.#value());
    } while (this.#take(";") || this.#take(","));
    if (!this.#take("]")) throw this.#error(`"," or ";" or "]"`);
    return items;
  }

  #value(): JsonValue {
    if (this.#take("[")) return this.#list();
    if (!this.#take("{")) return this.#word();
    if (this.#take("}")) return {};
    const fields = this.#fields();
    if (!this.#take("}")) throw this.#error(`"," or "}"`);
    return fields;
  }

  whole(): JsonValue {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#error("nothing more");
    return value;
  }
}

/**
 * A value's text as a tree; a word keeps its quotes, so that `"@null"` is a text and `@null` a
 * pointer. Text that begins with a bracket or brace is JSON where it can be, and
 * the grammar above else; all other text is one word.
 * @throws {TypeError} when brackets, braces or quotes do not fit together
 */
export function parseLiteral(text: string): JsonValue {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    // Integers beyond 2^53 lose digits as JSON numbers; the value parser refuses them.
    return JSON.parse(text) as JsonValue;
  } catch {
    return new Reader(text).whole();
  }
}

/** Whether a pointer's value stands for itself as a text, and is no address, bytes, list, … */
export function isPlainText(text: string): boolean {
  return !/^\s*(["[{@]|hex:|buffer:|0x|null$)/i.test(text) && text === text.trim();
}

/**
 * The bytes of a text: with or without quotes, `\xNN` a byte, `\n` `\t` `\0` `\\` `\"` as in C, all
 * other characters in UTF-8.
 * @throws {TypeError} for another escape, or a quote that is not closed
 */
export function textBytes(text: string): Uint8Array<ArrayBuffer> {
  const quoted = /^\s*"/.test(text);
  const match = /^\s*"((?:[^"\\]|\\.)*)"\s*$/s.exec(text);
  if (quoted && !match) throw new TypeError(`Quotes of ${text} do not fit together`);
  const escapes: Readonly<Record<string, number>> = {
    n: 10,
    t: 9,
    r: 13,
    0: 0,
    "\\": 0x5c,
    '"': 0x22,
  };
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  const body = match?.[1] ?? text;
  for (const part of body.matchAll(/\\x([0-9a-f]{2})|\\(.?)|[^\\]+/gis)) {
    const [whole, digits, letter] = part;
    if (digits !== undefined) bytes.push(parseInt(digits, 16));
    else if (letter === undefined) bytes.push(...encoder.encode(whole));
    else if (escapes[letter] !== undefined) bytes.push(escapes[letter]);
    else {throw new TypeError(
        `Escape "${whole}" in ${text} is unknown: wanted \\xNN, \\n, \\t, \\\\`,
      );}
  }
  return Uint8Array.from(bytes);
}
