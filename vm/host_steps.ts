import { exists } from "./cache.ts";
import { SetupError } from "./errors.ts";
import type { Machine } from "./machine.ts";

/** What a live test may have made on the host, before its guest boots. */
export interface HostStep {
  readonly machine: Machine;
  /** Folder of the host that the guest sees as `/share`. */
  readonly share: string;
}

/**
 * Path of the program part that belongs to a live test: `x_live_host.ts` beside `x_live_test.ts`,
 * with a function `prepare`.
 */
export function hostFileOf(testFile: string): string {
  return testFile.replace(/_live_test\.ts$/, "_live_host.ts");
}

function isPrepare(value: unknown): value is (step: HostStep) => Promise<void> {
  return typeof value === "function";
}

/**
 * Makes on the host what tests need in their guest: compiled programs, since guests have no compiler.
 *
 * @param project folder of the checkout.
 * @param files the tests that will run, relative to it.
 * @throws {SetupError} where such a part has no function `prepare`.
 */
export async function runHostSteps(
  project: string,
  files: readonly string[],
  step: HostStep,
): Promise<void> {
  for (const file of files) {
    const path = hostFileOf(file);
    if (path === file || !(await exists(`${project}/${path}`))) continue;
    const module: Record<string, unknown> = await import(
      new URL(`file://${project}/${path}`).href
    );
    if (!isPrepare(module.prepare)) throw new SetupError(`"${path}" exports no function prepare`);
    await module.prepare(step);
  }
}
