/**
 * Cases: one command line and what must come of it, held against real kernels and against the
 * simulated boards that mirror them.
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { boctl } from "./_boctl.ts";
import type { MachineName } from "./_machine.ts";

/** A command line and what must come of it. */
export interface Case {
  /** A sentence. */
  readonly name: string;
  readonly on: readonly MachineName[];
  /** As typed after `boctl`; the backend is put before it. */
  readonly line: string;
  /** Exit code; 3 where an errno is wanted, else 0. */
  readonly exit?: number;
  /** The errno that the error names. */
  readonly errno?: string;
  /** Texts that standard output or standard error has. */
  readonly says?: readonly string[];
  /** Texts that neither has. */
  readonly silent?: readonly string[];
  /** Page size, in bytes, that the answer is for; any, where nothing is said. */
  readonly pages?: 4096;
  /** Why the simulator is not asked. */
  readonly liveOnly?: string;
}

/** What a case leaves to its table: the machines. */
export type Row = Omit<Case, "on"> & { readonly on?: readonly MachineName[] };

/** Rows of a table that share their machines. */
export function table(on: readonly MachineName[], rows: readonly Row[]): readonly Case[] {
  return rows.map((row) => ({ on, ...row }));
}

/**
 * Runs a case.
 * @param backend global options that choose the kernel
 * @throws {AssertionError} when something else came of it
 */
export async function checkCase(backend: string, wanted: Case): Promise<void> {
  const line = `${backend} ${wanted.line}`;
  const { code, out, err } = await boctl(line);
  const wrong: string[] = [];
  const exit = wanted.exit ?? (wanted.errno === undefined ? 0 : 3);
  if (code !== exit) wrong.push(`exit code ${code}, wanted ${exit}`);
  const error = err.split("\n").find((text) => text.startsWith("boctl: ")) ?? "";
  if (wanted.errno !== undefined && !new RegExp(`: ${wanted.errno}\\b`).test(error)) {
    wrong.push(`the error is not ${wanted.errno}`);
  }
  const all = `${out}\n${err}`;
  for (const text of wanted.says ?? []) if (!all.includes(text)) wrong.push(`no "${text}"`);
  for (const text of wanted.silent ?? []) if (all.includes(text)) wrong.push(`has "${text}"`);
  if (wrong.length > 0) {
    throw new AssertionError(
      `boctl ${line}\n${wrong.join("\n")}\nstdout:\n${out}\nstderr:\n${err}`,
    );
  }
}
