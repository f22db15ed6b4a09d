/**
 * Driver flag words as people write them: `wb-mmap,no-mmap`.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import { UsageError } from "../errors.ts";

/**
 * The bits of flag names, or-ed; a number (`0x4`) stands for itself.
 * @throws {UsageError} for a name that the driver does not have
 */
export function flagWord(
  driver: { readonly name: string; readonly flagNames: Readonly<Record<string, number>> },
  names: readonly string[],
): number {
  let word = 0;
  for (const name of names) {
    const key = name.toLowerCase().replaceAll("_", "-");
    const bits = Object.hasOwn(driver.flagNames, key)
      ? driver.flagNames[key]
      : /^(0x[0-9a-f]+|[0-9]+)$/i.test(name) && Number(name) <= 0xffffffff
      ? Number(name)
      : undefined;
    if (bits === undefined) {
      const known = Object.keys(driver.flagNames);
      throw new UsageError(`--flags: ${driver.name} has no flag "${name}"`, {
        word: name,
        hint: known.length === 0
          ? `${driver.name} takes no flags.`
          : `${didYouMean(key, known)}${driver.name} has: ${known.join(", ")}.`,
      });
    }
    word = (word | bits) >>> 0;
  }
  return word;
}

/** The names of a word's bits; bits without a name as one hexadecimal number. */
export function flagNamesOf(
  flagNames: Readonly<Record<string, number>>,
  word: number,
): readonly string[] {
  const found: string[] = [];
  let rest = word >>> 0;
  for (const [name, bits] of Object.entries(flagNames)) {
    // >>> 0: bit 31 makes no number negative.
    if (bits !== 0 && (rest & bits) >>> 0 === bits) {
      found.push(name);
      rest = (rest & ~bits) >>> 0;
    }
  }
  if (rest !== 0) found.push(`0x${rest.toString(16)}`);
  return found;
}
