// The typed door to @std/text/levenshtein-distance (see deps/assert.ts).
// @ts-types="./text_levenshtein_distance.d.ts"
export * from "deno-std/text/levenshtein_distance.js";
