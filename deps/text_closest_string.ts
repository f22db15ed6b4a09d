// The typed door to @std/text/closest-string (see deps/assert.ts).
// @ts-types="./text_closest_string.d.ts"
export * from "deno-std/text/closest_string.js";
