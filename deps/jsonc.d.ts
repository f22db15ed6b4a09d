/** Declarations of what this project uses of @std/jsonc 1.x. */
export type JsonValue =
  | { [key: string]: JsonValue | undefined }
  | JsonValue[]
  | string
  | number
  | boolean
  | null;
export function parse(text: string): JsonValue;
