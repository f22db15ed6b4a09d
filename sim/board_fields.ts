/**
 * The fields of a board's file, read one by one: each that is wrong is noted with its path, its
 * value and what is wanted, and reading goes on, so that all are told at once.
 *
 * @module
 */
import { nearestWord } from "../syntax/nearest.ts";
import { type BoardProblem, showValue } from "./board_error.ts";

type Json = Readonly<Record<string, unknown>>;

function withField(at: string, field: string): string {
  return at === "" ? field : `${at}.${field}`;
}

/**
 * Reads fields of one JSON object. A field that is wrong gives a value of the right type that means
 * nothing: whoever reads looks into `problems` before he uses any.
 */
export class Fields {
  readonly #at: string;
  readonly #json: Json;
  readonly #seen = new Set<string>();
  /** What is wrong so far, of the whole file. */
  readonly problems: BoardProblem[];

  constructor(problems: BoardProblem[], at: string, value: unknown) {
    this.problems = problems;
    this.#at = at;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject) this.#note(at, value, "an object");
    this.#json = isObject ? value as Json : {};
    this.isObject = isObject;
  }

  /** Whether there is an object to read; where not, its fields are not missed. */
  readonly isObject: boolean;

  #note(field: string, value: unknown, wanted: string, choices: readonly string[] = []): void {
    const name = field === "" ? "the board" : `"${field}"`;
    const didYouMean = typeof value === "string" ? nearestWord(value, choices) : undefined;
    const is = value === undefined ? "is missing" : `is ${showValue(value)}`;
    this.problems.push({
      field,
      ...(value === undefined ? {} : { value: showValue(value) }),
      wanted,
      ...(didYouMean === undefined ? {} : { didYouMean }),
      message: `${name} ${is}, wanted ${wanted}${asked(didYouMean)}`,
    });
  }

  /** Notes that a field is wrong. */
  wrong(field: string, wanted: string, choices: readonly string[] = []): void {
    if (this.isObject) this.#note(withField(this.#at, field), this.#json[field], wanted, choices);
  }

  #take(field: string): unknown {
    this.#seen.add(field);
    return this.#json[field];
  }
  /** Whether it is given, null included. */
  has(field: string): boolean {
    return this.#take(field) !== undefined;
  }
  isNull(field: string): boolean {
    return this.#take(field) === null;
  }
  keys(): string[] {
    return Object.keys(this.#json);
  }

  /** After the last field: names those that nobody asked for. */
  finish(): void {
    for (const name of this.keys()) if (!this.#seen.has(name)) this.#unknown(name);
  }
  #unknown(name: string): void {
    const known = [...this.#seen];
    const free = known.filter((field) => !Object.hasOwn(this.#json, field));
    const didYouMean = nearestWord(name, free);
    if (didYouMean !== undefined) {
      // What is misspelt is not missing as well.
      const missing = withField(this.#at, didYouMean);
      const i = this.problems.findIndex(({ field, value }) =>
        field === missing && value === undefined
      );
      if (i >= 0) this.problems.splice(i, 1);
    }
    const field = withField(this.#at, name);
    const wanted = known.length === 0 ? "no field" : `one of ${known.join(", ")}`;
    this.problems.push({
      field,
      value: showValue(this.#json[name]),
      wanted,
      ...(didYouMean === undefined ? {} : { didYouMean }),
      message: `"${field}" is not a field, wanted ${wanted}${asked(didYouMean)}`,
    });
  }

  text(field: string, fallback?: string): string {
    const value = this.has(field) ? this.#take(field) : fallback;
    if (typeof value === "string" && value !== "") return value;
    this.wrong(field, "a text");
    return "";
  }
  /** The value where it is a text; undefined where it is anything else. */
  plainText(field: string): string | undefined {
    const value = this.#take(field);
    return typeof value === "string" ? value : undefined;
  }
  matching(field: string, pattern: RegExp, wanted: string, fallback?: string): string {
    const value = this.has(field) ? this.#take(field) : fallback;
    if (typeof value === "string" && pattern.test(value)) return value;
    this.wrong(field, wanted);
    return "";
  }
  /** One of some words or numbers; undefined where it is none. */
  chosen<T extends string | number>(field: string, choices: readonly T[]): T | undefined {
    const value = this.#take(field);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) {
      const wanted = choices.length === 1 ? String(choices[0]) : `one of ${choices.join(", ")}`;
      this.wrong(field, wanted, choices.map(String));
    }
    return found;
  }
  /** The same; where nothing is given, or nothing right, the fallback. */
  oneOf<T extends string | number>(field: string, choices: readonly T[], fallback: T): T {
    return this.has(field) ? this.chosen(field, choices) ?? fallback : fallback;
  }
  integer(
    field: string,
    { least, most, usual }: { readonly least: number; readonly most: number; usual?: number },
  ): number {
    const value = this.has(field) ? this.#take(field) : usual;
    const fits = typeof value === "number" && Number.isInteger(value) && value >= least &&
      value <= most;
    if (fits) return value;
    this.wrong(field, `a whole number from ${least} to ${most}`);
    return least;
  }
  /** A list of texts; empty where it is not given. */
  texts(field: string, pattern: RegExp, wanted: string): string[] {
    const value = this.has(field) ? this.#take(field) : [];
    const isList = Array.isArray(value) &&
      value.every((item: unknown) => typeof item === "string" && pattern.test(item));
    if (isList) return value;
    this.wrong(field, `a list of ${wanted}`);
    return [];
  }
  /** An object; without fields where it is not given. */
  object(field: string): Fields {
    const value = this.has(field) ? this.#take(field) : {};
    return new Fields(this.problems, withField(this.#at, field), value);
  }
  objects(field: string): Fields[] {
    const value = this.#take(field);
    if (Array.isArray(value)) {
      const at = withField(this.#at, field);
      return value.map((item: unknown, i) => new Fields(this.problems, `${at}[${i}]`, item));
    }
    this.wrong(field, "a list of objects");
    return [];
  }
  /**
   * A non-negative integer of at most 64 bits, as a number or as hexadecimal text.
   * @param largest of those that mean something
   */
  register(field: string, largest?: number): bigint {
    const value = this.#take(field);
    const read = registerOf(value);
    if (read !== null && (largest === undefined || read <= BigInt(largest))) return read;
    this.wrong(
      field,
      largest === undefined
        ? "a whole number, or hexadecimal text like 0xa8670005"
        : `a whole number from 0 to ${largest}`,
    );
    return 0n;
  }
}

/** A register's value as text. */
export const REGISTER = /^0[xX][0-9a-fA-F]{1,16}$/;

function registerOf(value: unknown): bigint | null {
  if (typeof value === "string") return REGISTER.test(value) ? BigInt(value) : null;
  const isWhole = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  return isWhole ? BigInt(value) : null;
}

function asked(didYouMean: string | undefined): string {
  return didYouMean === undefined ? "" : `; did you mean "${didYouMean}"?`;
}
