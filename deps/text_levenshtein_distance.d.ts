/** Declarations of what this project uses of @std/text/levenshtein-distance 1.x. */
export function levenshteinDistance(str1: string, str2: string): number;
