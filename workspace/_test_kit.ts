/**
 * What the tests of workspaces share: one on a simulated board, with the books of what is open.
 *
 * @module
 */
import { type AccountingKernel, accountingKernel } from "../ffi/accounting_kernel.ts";
import type { Kernel, KernelIdentity } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel, type SimulatedKernelOptions } from "../sim/sim_kernel.ts";
import type { CreateRequest } from "../drivers/driver.ts";
import { createBuffer } from "./buffers.ts";
import { deviceFor } from "./devices.ts";
import type { Buffer } from "./objects.ts";
import { Workspace } from "./workspace.ts";

/** A workspace and what its kernel has open. */
export interface Opened {
  readonly workspace: Workspace;
  readonly books: AccountingKernel;
  /** Notices that were given. */
  readonly notices: readonly string[];
}

/** The simulated kernel of a board by name. */
export function kernelOf(board: string, options: SimulatedKernelOptions = {}): Kernel {
  return openSimulatedKernel(loadBoard(board), options);
}

/** A workspace on a board; `spec` is what `--device` names on it. */
export function workspaceOn(board: string, spec?: string): Opened {
  const notices: string[] = [];
  const books = accountingKernel(kernelOf(board));
  const workspace = new Workspace(books, spec, (line) => void notices.push(line));
  return { workspace, books, notices };
}

/** Creates a page on a device, or on the workspace's own. */
export async function newBuffer(
  workspace: Workspace,
  given: Partial<CreateRequest> & { readonly on?: string; readonly as?: string } = {},
): Promise<Buffer> {
  const { on, as, ...request } = given;
  const device = await deviceFor(workspace, on);
  return createBuffer(workspace, device, {
    size: 4096n,
    cached: false,
    private: false,
    noMmap: false,
    flags: [],
    ...request,
  }, as);
}

/** A simulated kernel that says that it is this machine, and shows no device side. */
export class SeeminglyLive extends WrappedKernel {
  /** Whether it was disposed of. */
  disposed = false;

  constructor(inner: Kernel) {
    super(inner);
    Object.defineProperty(this, "deviceSide", { value: undefined });
  }

  override get identity(): KernelIdentity {
    return { ...this.inner.identity, backend: "live", name: "live" };
  }

  override dispose(): void {
    this.disposed = true;
    super.dispose();
  }
}
