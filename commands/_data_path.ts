/**
 * Paths into a command's result: `size`, `checks[0].name`.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/** A path, read: keys and indexes from the outside in. */
export interface Path {
  readonly text: string;
  readonly steps: readonly (string | number)[];
}

const step = /(?:^|(?!^)\.)([^.[\]]+)|\[(\d{1,9})\]/y;

/**
 * Reads a path.
 * @param word the word it stands in, for messages
 * @throws {UsageError}
 */
export function parsePath(text: string, word = text): Path {
  const steps: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length || text === "") {
    const at = step.lastIndex;
    const match = step.exec(text);
    if (match === null || (at === 0 && match[1] === undefined)) {
      throw new UsageError(`"${text}" is no path into a result`, {
        word,
        hint: "Paths are keys with dots, [N] for the N-th of a list, from 0: checks[0].name.",
      });
    }
    steps.push(match[1] ?? Number(match[2]));
  }
  return { text, steps };
}

function contents(value: unknown, where: string): string {
  if (Array.isArray(value)) return `${where} has ${value.length} entries`;
  if (typeof value !== "object" || value === null) return `${where} has no parts`;
  const keys = Object.keys(value);
  return keys.length === 0 ? `${where} is empty` : `${where} has ${keys.join(", ")}`;
}

/** The value at a path, or what is there instead. */
export function valueAt(
  data: Readonly<Record<string, unknown>>,
  { steps }: Path,
): { readonly value: unknown } | { readonly missing: string } {
  let value: unknown = data;
  let done = "";
  for (const key of steps) {
    const held: Record<string, unknown> | undefined = typeof value === "object" && value !== null &&
        Array.isArray(value) === (typeof key === "number") && Object.hasOwn(value, key)
      ? value as Record<string, unknown>
      : undefined;
    const text = typeof key === "number" ? `[${key}]` : done === "" ? key : `.${key}`;
    if (held === undefined) {
      return {
        missing: `no ${done}${text}: ${contents(value, done === "" ? "the result" : done)}`,
      };
    }
    value = held[key];
    done += text;
  }
  return { value };
}
