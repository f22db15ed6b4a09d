/**
 * JSON answers: one schema for results and errors, with the backend in each.
 *
 * @module
 */
import type { KernelIdentity } from "../ffi/kernel.ts";

/** Version of the JSON answers; a field's meaning never changes within one. */
export const SCHEMA = "boctl/1";

/** The backend as every answer names it. */
export function backendData(
  identity: KernelIdentity,
  drivers: readonly string[],
): Record<string, unknown> {
  return {
    backend: identity.backend,
    kernel: identity.name,
    release: identity.release,
    arch: identity.arch,
    drivers,
  };
}

/** JSON text; bigints as numbers where exact, else as decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => {
    if (typeof item !== "bigint") return item;
    return item <= BigInt(Number.MAX_SAFE_INTEGER) && item >= BigInt(Number.MIN_SAFE_INTEGER)
      ? Number(item)
      : item.toString();
  });
}

/** An error as an answer. */
export function errorAnswer(
  command: string,
  error: Readonly<Record<string, unknown>>,
  on: Readonly<Record<string, unknown>> | undefined,
  at?: { readonly file?: string; readonly line?: number; readonly column?: number },
): Record<string, unknown> {
  return {
    schema: SCHEMA,
    command,
    ...(on === undefined ? {} : { on }),
    ok: false,
    ...(at === undefined ? {} : { at }),
    error,
  };
}

/** A result as an answer. */
export function resultAnswer(
  command: string,
  data: Readonly<Record<string, unknown>>,
  exitCode: number,
  on: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  return {
    schema: SCHEMA,
    command,
    ...(on === undefined ? {} : { on }),
    ok: exitCode === 0,
    ...(exitCode === 0 ? {} : { exitCode }),
    result: data,
  };
}
