/** @module */
import { stringLiteral } from "../c_text.ts";
import type { Style } from "../style.ts";

/** The name of a subtest: IGT takes lower-case letters, digits and dashes. */
function subtestName(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) ||
    "reproduction";
}

/** A test of IGT GPU Tools. Own definitions have its customary prefix: its headers have others. */
export const igt: Style = {
  equal: "igt_assert_eq_s64",
  prefix: "local_",
  head: [`#include "igt.h"`],
  exits: "Exit status: IGT's own (77 is a skip).",
  skip: (format, args = []) => `igt_skip(${[`"${format}\\n"`, ...args].join(", ")});`,
  reporting: () => [],
  main: (steps, title) => [
    `IGT_TEST_DESCRIPTION(${stringLiteral(title)});`,
    "",
    "/* In older IGT: igt_main, without int and parentheses. */",
    "int igt_main()",
    "{",
    `\tigt_subtest("${subtestName(title)}") {`,
    ...steps.flatMap(({ symbol, title: name }) => [
      `\t\tigt_debug("%s\\n", ${stringLiteral(name)});`,
      `\t\t${symbol}();`,
    ]),
    "\t}",
    "}",
  ],
};
