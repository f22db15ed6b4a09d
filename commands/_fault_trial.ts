/**
 * A command line run on a kernel that is disturbed, with the books of what is open below the
 * disturbance: what really happened.
 *
 * @module
 */
import { type AccountingKernel, accountingKernel } from "../ffi/accounting_kernel.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { heldDifferences } from "./_fault_held.ts";
import type { Trial } from "./_fault_judge.ts";
import { invoke } from "./invoke.ts";

/** A kernel that counts its calls and may fail some. */
export interface DisturbedKernel extends Kernel {
  readonly calls: number;
  /** The call that failed; undefined where none did. */
  readonly failed: string | undefined;
}

/** Puts the disturbance over a kernel. */
export type Disturb = (kernel: Kernel) => DisturbedKernel;

/**
 * Runs words of a command line.
 * @param unnamed differences to let be: see `FaultCase`
 */
export async function tryLine(
  words: readonly string[],
  unnamed: RegExp | undefined,
  disturb: Disturb,
): Promise<Trial> {
  const out: string[] = [];
  const err: string[] = [];
  let books: AccountingKernel | undefined;
  let disturbed: DisturbedKernel | undefined;
  let differences: readonly string[] = [];
  let code: number | undefined;
  let thrown: unknown;
  try {
    code = await invoke({
      args: words,
      env: () => undefined,
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      signal: new AbortController().signal,
      wrap: (kernel) => {
        books = accountingKernel(kernel);
        return disturbed = disturb(books);
      },
      leaving: (workspace) => {
        differences = heldDifferences(workspace, books?.leaks() ?? [])
          .filter((line) => unnamed?.test(line) !== true);
      },
    });
  } catch (error) {
    thrown = error;
  }
  return {
    code,
    ...(thrown === undefined ? {} : { thrown }),
    out: out.join("\n"),
    err: err.join("\n"),
    calls: disturbed?.calls ?? 0,
    failed: disturbed?.failed,
    differences,
    leaks: books?.leaks() ?? [],
  };
}
