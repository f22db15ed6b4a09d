/**
 * Waiting for a buffer's fences without an unbounded blocking call: in slices, so that Ctrl-C is
 * heard.
 *
 * @module
 */
import { CheckFailed, Interrupted, KernelRefusal, NotSupported } from "../errors.ts";
import { POLLERR, POLLIN, POLLNVAL, POLLOUT } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import { isError, type Kernel, type PollEntry } from "../ffi/kernel.ts";
import { dmaBufBehind } from "./maps.ts";
import type { Buffer, DmaBuf } from "./objects.ts";
import { ownPace, type Workspace } from "./workspace.ts";

/** How long to wait, and what ends it early. */
export interface Patience {
  /** Nanoseconds of the kernel's monotonic clock. */
  readonly timeoutNs: bigint;
  readonly signal: AbortSignal;
}

/** What a wait saw. */
export interface Waited {
  /** Nanoseconds until the buffer was idle. */
  readonly ns: bigint;
  /** What was waited with: `poll`, or the driver's call. */
  readonly by: string;
}

/** Whether it is idle now; may block for a slice. Throws where the kernel refuses. */
type Ask = (sliceMs: number) => boolean;

/** What is waited for. */
interface Awaited {
  readonly name: string;
  /** What it is waited for with. */
  readonly by: string;
  /** Whether the name still stands for it: in a session others may let it go meanwhile. */
  readonly there: () => boolean;
  readonly ask: Ask;
}

async function waitUntil(
  { kernel, pace }: Workspace,
  { name, by, there, ask }: Awaited,
  patience: Patience,
): Promise<Waited> {
  const start = kernel.now();
  for (;;) {
    if (patience.signal.aborted) throw new Interrupted(`interrupted while waiting for ${name}`);
    const spent = kernel.now() - start;
    const leftMs = Number((patience.timeoutNs - spent + 999_999n) / 1_000_000n);
    if (ask(Math.max(0, Math.min(pace.sliceMs, leftMs)))) return { ns: kernel.now() - start, by };
    if (kernel.now() - start >= patience.timeoutNs) {
      throw new KernelRefusal(by, name, errno.ETIMEDOUT, {
        reason: `still busy after ${patience.timeoutNs / 1_000_000n} ms`,
        hint: "Some device's job on this memory has not ended; --timeout waits longer.",
      });
    }
    // The event loop turns, so that a signal is heard.
    await pace.pause();
    if (!there()) throw new CheckFailed(`${name} was closed while it was waited for`);
  }
}

function inodeOf(kernel: Kernel, fd: number): bigint | undefined {
  const stat = kernel.fstat(fd);
  return isError(stat) ? undefined : stat.inode;
}

function pollAsk(kernel: Kernel, fd: number, name: string, access: "r" | "w" | "rw"): Ask {
  // POLLIN: nobody writes; POLLOUT: nobody uses it at all (dma_buf_poll() in dma-buf.c).
  const events = access === "r" ? POLLIN : POLLOUT;
  return (sliceMs) => {
    const entry: PollEntry = { fd, events, revents: 0 };
    const result = kernel.poll([entry], sliceMs);
    if (result === -errno.EINTR || result === -errno.EAGAIN) return false;
    if (isError(result)) throw new KernelRefusal("poll", name, result);
    if ((entry.revents & (POLLERR | POLLNVAL)) !== 0) {
      throw new KernelRefusal("poll", name, errno.EBADF);
    }
    return (entry.revents & events) !== 0;
  };
}

/**
 * Waits until a dma-buf's fences allow a CPU access: writers for reading, everybody for writing.
 * @throws {KernelRefusal} with ETIMEDOUT when patience ends
 * @throws {Interrupted}
 */
export async function waitForDmaBuf(
  workspace: Workspace,
  dmaBuf: { readonly fd: number; readonly name: string },
  access: "r" | "w" | "rw",
  patience: Patience,
): Promise<Waited> {
  const { kernel } = workspace;
  const { fd, name } = dmaBuf;
  // In a process of its own nothing happens to it.
  const shared = workspace.pace !== ownPace;
  const inode = shared ? inodeOf(kernel, fd) : undefined;
  return await waitUntil(workspace, {
    name,
    by: "poll",
    // The number may be another file's by now.
    there: () => !shared || inodeOf(kernel, fd) === inode,
    ask: pollAsk(kernel, fd, name, access),
  }, patience);
}

/**
 * Waits for a buffer by its driver's own call, or through the dma-buf that it was imported from.
 * @throws {NotSupported} where the driver has no wait and there is no dma-buf to poll
 */
export async function waitForObject(
  workspace: Workspace,
  object: Buffer | DmaBuf,
  access: "r" | "w" | "rw",
  patience: Patience,
): Promise<Waited> {
  if (object.kind === "buffer" && object.device.driver.wait !== undefined) {
    const { device, handle } = object;
    const { by, ask } = object.device.driver.wait;
    return await waitUntil(workspace, {
      name: object.name,
      by,
      there: () => workspace.find(object.name) === object,
      ask: (sliceMs) => ask(device, handle, BigInt(sliceMs) * 1_000_000n),
    }, patience);
  }
  const behind = dmaBufBehind(object);
  if (behind === undefined) {
    throw new NotSupported(
      `wait: ${object.kind === "buffer" ? object.device.version.name : "this"} has no call to ` +
        `wait for a buffer`,
      object.kind === "buffer" && !object.device.family.exports
        ? undefined
        : `Export it and wait for the dma-buf: export ${object.name} --rdwr --as db , wait db`,
    );
  }
  return await waitForDmaBuf(workspace, behind, access, patience);
}
