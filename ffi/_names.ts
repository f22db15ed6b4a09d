/**
 * Flag words and enumerations by name, in both directions.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import type { Field, Names } from "./struct.ts";

/** A value taken apart: the names found and the bits that have none. */
export interface Named {
  readonly names: readonly string[];
  readonly rest: bigint;
}

function bitCount(value: bigint): number {
  return value.toString(2).replaceAll("0", "").length;
}

function flagNames(flags: Names, word: bigint): Named {
  const names: string[] = [];
  let rest = word;
  // Names of several bits (RW) before those of one (R, W).
  const known = Object.entries(flags).map(([name, bits]) => ({ name, bits: BigInt(bits) }));
  for (const { name, bits } of known.toSorted((a, b) => bitCount(b.bits) - bitCount(a.bits))) {
    if (bits !== 0n && (rest & bits) === bits) {
      names.push(name);
      rest &= ~bits;
    }
  }
  const zero = known.find(({ bits }) => bits === 0n);
  return { names: word === 0n && zero ? [zero.name] : names, rest };
}

function valueName(values: Names, value: bigint): string | undefined {
  return Object.entries(values).find(([, known]) => BigInt(known) === value)?.[0];
}

/**
 * The names of a field's value, or undefined for a field without names. `value` is taken as
 * unsigned. A field with both kinds is an enumeration in the bits that no flag has.
 */
export function namesOf(field: Field, value: bigint): Named | undefined {
  const { flags, values } = field;
  if (flags === undefined && values === undefined) return undefined;
  const flagBits = Object.values(flags ?? {}).reduce<bigint>((all, bits) => all | BigInt(bits), 0n);
  const other = value & ~flagBits;
  const enumerator = values && valueName(values, other);
  const named = flagNames(flags ?? {}, value & flagBits);
  return enumerator === undefined
    ? { names: named.names, rest: named.rest | other }
    : { names: [enumerator, ...named.names], rest: named.rest };
}

function normalized(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

/**
 * Whether `given` spells the C constant `prefix` + `name`: in full, or less of the prefix, down to
 * the name alone. Letter case and `-` for `_` do not matter.
 */
export function spells(given: string, prefix: string, name: string): boolean {
  const wanted = normalized(given);
  const full = normalized(prefix + name);
  return full === wanted || (full.endsWith(`_${wanted}`) && wanted.length >= name.length);
}

/**
 * The value of one name of a field.
 * @throws {TypeError} for a name that the field does not have; names the nearest
 */
export function valueOfName(field: Field, given: string, where: string): bigint {
  const known = { ...field.values, ...field.flags };
  const prefix = field.prefix ?? "";
  const found = Object.entries(known).find(([name]) => spells(given, prefix, name));
  if (found) return BigInt(found[1]);
  const names = Object.keys(known);
  if (names.length === 0) {
    throw new TypeError(`Field "${where}" is "${given}": wanted a number, it has no names`);
  }
  throw new TypeError(
    `Field "${where}" has no name "${given}". ${didYouMean(given, names)}` +
      `It knows ${names.join(", ")}, and numbers`,
  );
}
