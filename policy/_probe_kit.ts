/**
 * Probes of simulated boards, for tests.
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { type Board, loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { openDevice } from "../workspace/devices.ts";
import { Workspace } from "../workspace/workspace.ts";
import type { ProbeOutcome, ProbeSubject } from "./probe.ts";
import { subjectOf } from "./probe_subject.ts";
import { type ProbeOptions, runProbes } from "./probe_run.ts";

/** A device as a subject; `spec` as `--on` names it. */
export async function deviceSubject(kernel: Kernel, spec?: string): Promise<ProbeSubject> {
  const workspace = new Workspace(kernel);
  const device = await openDevice(workspace, spec);
  const subject = subjectOf(device);
  workspace.release(device);
  return subject;
}

/** How a board is probed. */
export interface ProbeTrial extends Partial<ProbeOptions> {
  /** A device as `--on` names it, or a subject that is none. */
  readonly subject?: string | ProbeSubject;
  /** Puts something between the probes and the kernel. */
  readonly wrap?: (kernel: Kernel) => Kernel;
  /** What the board is without, of the parts that boards have. */
  readonly without?: readonly ("vgem" | "heaps" | "udmabuf")[];
}

/** A board without some of its parts. */
function boardWithout(name: string, parts: ProbeTrial["without"] = []): Board {
  const board = loadBoard(name);
  return {
    ...board,
    devices: board.devices.filter(({ driver }) => driver !== "vgem" || !parts.includes("vgem")),
    heaps: parts.includes("heaps") ? [] : board.heaps,
    udmabuf: parts.includes("udmabuf") ? null : board.udmabuf,
  };
}

/**
 * What the probes say of a board.
 * @param board as `--device sim:` has it
 * @throws {AssertionError} when something is left open
 */
export async function probeBoard(
  board: string,
  trial: ProbeTrial = {},
): Promise<readonly ProbeOutcome[]> {
  const { subject, without, wrap = (kernel: Kernel): Kernel => kernel, ...options } = trial;
  const books = accountingKernel(openSimulatedKernel(boardWithout(board, without)));
  const kernel = wrap(books);
  const outcomes = await runProbes(
    kernel,
    typeof subject === "object" ? subject : await deviceSubject(kernel, subject),
    { profile: "kernel", allowHazard: true, signal: new AbortController().signal, ...options },
  );
  const left = books.leaks();
  if (left.length > 0) throw new AssertionError(`left open: ${left.join(", ")}`);
  return outcomes;
}
