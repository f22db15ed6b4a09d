// The typed door to @std/assert. The npm package that carries @std ships no declarations;
// they stand beside this file. Mapping "@std/assert" to JSR in deno.json makes this file unnecessary.
// @ts-types="./assert.d.ts"
export * from "deno-std/assert/mod.js";
