/**
 * All call cases.
 *
 * @module
 */
import type { CallCase } from "./_call_case.ts";
import { groups } from "./_index.ts";

/** All of them by subject. */
export const callGroups: Readonly<Record<string, readonly CallCase[]>> = Object.fromEntries(
  groups.map(({ subject, cases }) => [subject, cases]),
);

export const callCases: readonly CallCase[] = groups.flatMap(({ cases }) => cases);
