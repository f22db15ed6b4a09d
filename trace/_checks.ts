/**
 * What values in the JSON of a trace may look like.
 *
 * @module
 */
import { isRecord, type JsonValue } from "../ffi/json.ts";

/** Undefined where the value is right, else what was wanted. */
export type Check = (value: JsonValue) => string | undefined;

/** A check in words. */
export function check(wanted: string, holds: (value: JsonValue) => boolean): Check {
  return (value) => holds(value) ? undefined : wanted;
}

/** A whole number, both ends included. */
export function integer(least: number, most: number): Check {
  return check(
    `a whole number from ${least} to ${most}`,
    (value) =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most,
  );
}

/** A text, its length in UTF-16 code units. */
export function text(longest: number): Check {
  return check(
    `a text of at most ${longest} characters without NUL`,
    (value) => typeof value === "string" && value.length <= longest && !value.includes("\0"),
  );
}

/** One of some words. */
export function oneOf(...words: readonly string[]): Check {
  return check(
    words.map((word) => `"${word}"`).join(" or "),
    (value) => typeof value === "string" && words.includes(value),
  );
}

/** A field's check; `?` in the field's name makes it optional. */
export type Shape = Readonly<Record<string, Check>>;

/** What is wrong with a record: `field: wanted …`, or undefined. */
export function problem(shape: Shape, value: { readonly [key: string]: JsonValue }):
  | string
  | undefined {
  const names = new Set(Object.keys(shape).map((key) => key.replace("?", "")));
  for (const [key, holds] of Object.entries(shape)) {
    const name = key.replace("?", "");
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    if (given === undefined) {
      if (key.endsWith("?")) continue;
      return `"${name}" is missing`;
    }
    const wanted = holds(given);
    if (wanted !== undefined) return `"${name}": wanted ${wanted}`;
  }
  const unknown = Object.keys(value).find((key) => !names.has(key));
  return unknown === undefined ? undefined : `"${unknown}" is no field of it`;
}

/** An object with fields of its own. */
export function record(shape: Shape): Check {
  return (value) => isRecord(value) ? problem(shape, value) : "an object";
}

/** A list, each of its items checked. */
export function list(each: Check, most: number): Check {
  return (value) => {
    if (!Array.isArray(value) || value.length > most) return `a list of at most ${most}`;
    for (const item of value) {
      const wrong = each(item);
      if (wrong !== undefined) return `in each: ${wrong}`;
    }
    return undefined;
  };
}
