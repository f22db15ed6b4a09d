/**
 * All cases: tables of command lines and what must come of them, for real kernels and for the
 * simulated boards alike.
 *
 * @module
 */
import type { Case } from "../_case.ts";
import { tables } from "./_index.ts";

export const cases = tables.flat() satisfies readonly Case[];
