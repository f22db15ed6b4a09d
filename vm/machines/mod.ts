import type { Machine } from "../machine.ts";
import { UsageError } from "../errors.ts";
import { AMD64_6_1 } from "./amd64_6_1.ts";
import { AMD64_6_12 } from "./amd64_6_12.ts";
import { AMD64_7_2 } from "./amd64_7_2.ts";
import { ARM64_6_12 } from "./arm64_6_12.ts";
import { ARM64_6_12_16K } from "./arm64_6_12_16k.ts";
import { ARM64_7_2 } from "./arm64_7_2.ts";

/**
 * Every machine there is, in the order in which their tests run: the essential ones first. A new
 * one is a file in this folder and a line here.
 */
export const MACHINES: readonly Machine[] = [
  AMD64_6_12,
  ARM64_7_2,
  AMD64_7_2,
  ARM64_6_12,
  AMD64_6_1,
  ARM64_6_12_16K,
];

/**
 * Finds a machine by name.
 *
 * @throws {UsageError} where there is none of that name; the message lists those there are.
 */
export function machineNamed(name: string): Machine {
  const found = MACHINES.find((machine) => machine.name === name);
  if (found !== undefined) return found;
  const names = MACHINES.map((machine) => machine.name).join(", ");
  throw new UsageError(`There is no machine "${name}". Machines: ${names}`);
}

/**
 * Reads a comma-separated list of machine names; undefined gives those that run by default.
 *
 * @throws {UsageError} for an unknown name or an empty list.
 */
export function machinesNamed(list: string | undefined): Machine[] {
  if (list === undefined) return MACHINES.filter((machine) => machine.byDefault);
  const names = list.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (names.length === 0) throw new UsageError("The list of machines is empty");
  return [...new Set(names)].map(machineNamed);
}
