/** Declarations of what this project uses of @std/cli/parse-args 1.x. */
export interface ParseOptions {
  "--"?: boolean;
  boolean?: readonly string[];
  string?: readonly string[];
  collect?: readonly string[];
  negatable?: readonly string[];
  stopEarly?: boolean;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
export function parseArgs(
  args: readonly string[],
  options?: ParseOptions,
): { _: (string | number)[]; "--"?: string[]; [name: string]: unknown };
