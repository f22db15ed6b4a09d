/** Declarations of what this project uses of @std/text/closest-string 1.x. */
export function closestString(
  givenWord: string,
  possibleWords: readonly string[],
  options?: { caseSensitive?: boolean; compareFn?: (a: string, b: string) => number },
): string;
