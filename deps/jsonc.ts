// The typed door to @std/jsonc (see deps/assert.ts).
// @ts-types="./jsonc.d.ts"
export * from "deno-std/jsonc/parse.js";
