/**
 * Probes, held against direct calls on the same node.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { probeTable } from "../policy/_probe_table.ts";
import type { ProbeOutcome } from "../policy/probe.ts";
import type { MachineName } from "./_machine.ts";
import * as nodes from "./cases/_nodes.ts";
import { type CallsOf, directCalls } from "./_probe_calls.ts";

/** Nodes of drivers whose calls are not written here a second time; the table holds them. */
const others: readonly string[] = [nodes.v3d, nodes.etnaviv, nodes.lima, nodes.msm, nodes.vc4];

function driverOf(outcomes: readonly ProbeOutcome[], node: string): CallsOf {
  const told = JSON.stringify(outcomes);
  if (!node.startsWith("renderD")) return "dumb";
  return told.includes("PANTHOR") ? "panthor" : "panfrost";
}

/**
 * Makes the calls that probes of a node make, and compares.
 * @param subject `--on NODE`; of a heap, udmabuf and drivers without direct calls nothing is compared
 */
export function agreeWithCalls(
  kernel: Kernel,
  machine: MachineName,
  subject: string,
  outcomes: readonly ProbeOutcome[],
): void {
  const node = /^--on (\S+)$/.exec(subject)?.[1];
  if (node === undefined || others.includes(node)) return;
  const books = accountingKernel(kernel);
  const recent = machine.endsWith("7.2");
  const answers = directCalls(books, `/dev/dri/${node}`, driverOf(outcomes, node), recent);
  assertEquals(books.leaks(), []);
  const table = probeTable(outcomes);
  // How an import is mapped is what /proc/self/maps tells, not mmap.
  const told = (id: string): string | undefined => table[id]?.replace(/^allowed: .*$/, "allowed");
  const compared = Object.fromEntries(Object.keys(answers).map((id) => [id, told(id)]));
  assertEquals(compared, answers);
  assert(Object.keys(answers).length >= 5);
}
