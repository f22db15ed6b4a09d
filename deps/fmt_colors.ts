// The typed door to @std/fmt/colors (see deps/assert.ts).
// @ts-types="./fmt_colors.d.ts"
export * from "deno-std/fmt/colors.js";
