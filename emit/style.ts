/**
 * What the kinds of C file differ in: how a check is made, how the program begins and ends.
 *
 * @module
 */

/** One function of the file: a command and the calls that it made. */
export interface StepName {
  /** The C function. */
  readonly symbol: string;
  /** What reports call it. */
  readonly title: string;
}

/** One kind of C file. */
export interface Style {
  /** Compares two integers: a macro's name. */
  readonly equal: string;
  /** What stands before the names of structures, and in capitals before constants. */
  readonly prefix: string;
  /** Lines of `#include`, and definitions that belong before all others. */
  readonly head: readonly string[];
  /** A statement that ends the program as a skip; `format` is printf's, in C's spelling. */
  skip(format: string, args?: readonly string[]): string;
  /** Functions for reporting: those that the file's checks use. */
  reporting(used: { readonly skips: boolean; readonly compares: boolean }): readonly string[];
  /** main() and what it needs. */
  main(steps: readonly StepName[], title: string): readonly string[];
  /** What the head of the file says about exit codes. */
  readonly exits: string;
}
