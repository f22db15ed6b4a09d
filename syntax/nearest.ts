/**
 * "Did you mean", only where it is likely.
 *
 * @module
 */
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** Lower case, without what people write differently. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_. ]/g, "");
}

function letters(word: string): string {
  return [...word].toSorted().join("");
}

/** Letters that are other ones; the right ones in another order (`raed`) count as one. */
function difference(given: string, word: string): number {
  const distance = levenshteinDistance(given, word);
  return distance > 1 && letters(given) === letters(word) ? 1 : distance;
}

/**
 * The word that was probably meant: at most a third of its letters are other ones; undefined where
 * no word is that near.
 */
export function nearestWord(given: string, words: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Infinity;
  // Longer than any word that is near it, and slow to compare.
  if (given.length > 100) return undefined;
  for (const word of words) {
    const distance = difference(plain(given), plain(word));
    if (distance < least && distance <= Math.max(1, Math.floor(word.length / 3))) {
      nearest = word;
      least = distance;
    }
  }
  return nearest;
}

/** `Did you mean "clean"? ` where a word is near, else "". */
export function didYouMean(given: string, words: readonly string[]): string {
  const nearest = nearestWord(given, words);
  return nearest === undefined ? "" : `Did you mean "${nearest}"? `;
}
