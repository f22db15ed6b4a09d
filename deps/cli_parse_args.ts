// The typed door to @std/cli/parse-args (see deps/assert.ts).
// @ts-types="./cli_parse_args.d.ts"
export * from "deno-std/cli/parse_args.js";
