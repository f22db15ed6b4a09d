/**
 * The device's side of an access, which only the simulator has.
 *
 * @module
 */
import { KernelRefusal, NotSupported } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import {
  type Books,
  type ByteRange,
  type DeviceSide,
  isError,
  type JobAccess,
} from "../ffi/kernel.ts";
import { memoryOf } from "./maps.ts";
import type { Buffer } from "./objects.ts";
import type { Workspace } from "./workspace.ts";

/**
 * The simulator's device side.
 * @throws {NotSupported} on a live kernel: making a real device touch bytes needs a job
 */
export function deviceSideOf(workspace: Workspace): DeviceSide {
  const side = workspace.kernel.deviceSide;
  if (side !== undefined) return side;
  throw new NotSupported(
    "device: this kernel is live, and boctl submits no jobs to real GPUs",
    "Use a simulated board: --device sim:panthor.",
  );
}

function stale(side: DeviceSide, buffer: Buffer, range: ByteRange): readonly ByteRange[] {
  const found = side.stale(buffer.device.fd, buffer.handle, range.offset, range.length);
  return isError(found) ? [] : found as readonly ByteRange[];
}

/** What a device's read gave: the bytes as its bus sees them, and which of them are stale. */
export interface DeviceRead {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly stale: readonly ByteRange[];
}

/** The device reads a range of a buffer. */
export function deviceRead(workspace: Workspace, buffer: Buffer, range: ByteRange): DeviceRead {
  const side = deviceSideOf(workspace);
  const bytes = side.read(buffer.device.fd, buffer.handle, range.offset, range.length);
  if (typeof bytes === "number") throw new KernelRefusal("device read", buffer.name, bytes);
  // After the access: the mapping that it made may have cleaned the CPU's lines.
  const staleRanges = stale(side, buffer, range);
  note(workspace, buffer, "read", range, staleRanges);
  return { bytes, stale: staleRanges };
}

/** The device writes bytes into a buffer. */
export function deviceWrite(
  workspace: Workspace,
  buffer: Buffer,
  offset: number,
  bytes: Uint8Array,
): void {
  const side = deviceSideOf(workspace);
  const done = side.write(buffer.device.fd, buffer.handle, offset, bytes);
  if (isError(done)) throw new KernelRefusal("device write", buffer.name, done);
  note(workspace, buffer, "write", { offset, length: bytes.length }, []);
}

/** The device copies a range of one buffer to an offset of another, or of the same. */
export function deviceCopy(
  workspace: Workspace,
  from: Buffer,
  range: ByteRange,
  to: Buffer,
  offset: number,
): DeviceRead {
  const found = deviceRead(workspace, from, range);
  deviceWrite(workspace, to, offset, found.bytes);
  return found;
}

/**
 * A job of the buffer's device on it begins: it has a fence, and the device's accesses stay in the
 * device's own cache until the job ends.
 */
export function beginJob(workspace: Workspace, buffer: Buffer, access: JobAccess): void {
  const side = deviceSideOf(workspace);
  const result = side.begin(buffer.device.fd, buffer.handle, access);
  if (!isError(result)) return noteJob(workspace, buffer, "begin", access);
  throw new KernelRefusal("device begin", buffer.name, result, {
    reason: result === -errno.EBUSY
      ? `${buffer.device.name} has a job on this memory already`
      : undefined,
    hint: result === -errno.EBUSY ? `End it first: device end ${buffer.name}` : undefined,
  });
}

/** The job ends: the device's cache is written back, and the fence signals. */
export function endJob(workspace: Workspace, buffer: Buffer): void {
  const side = deviceSideOf(workspace);
  const result = side.end(buffer.device.fd, buffer.handle);
  // What the job said is known from its begin.
  if (!isError(result)) return noteJob(workspace, buffer, "end", "write");
  throw new KernelRefusal("device end", buffer.name, result, {
    reason: result === -errno.EINVAL
      ? `${buffer.device.name} has no job on this memory`
      : undefined,
    hint: result === -errno.EINVAL ? `Begin one first: device begin ${buffer.name}` : undefined,
  });
}

function noteJob(
  workspace: Workspace,
  buffer: Buffer,
  edge: "begin" | "end",
  access: JobAccess,
): void {
  const { name: of, device: { name: device } } = buffer;
  const memory = memoryOf(workspace, buffer);
  workspace.journal.add({ kind: "job", edge, of, memory, device, access });
}

function note(
  workspace: Workspace,
  buffer: Buffer,
  access: "read" | "write",
  range: ByteRange,
  staleRanges: readonly ByteRange[],
): void {
  workspace.journal.add({
    kind: "device",
    access,
    of: buffer.name,
    memory: memoryOf(workspace, buffer),
    device: buffer.device.name,
    range,
    stale: staleRanges,
  });
}

/** The books of a buffer's memory, where the kernel keeps them. */
export function booksOf(workspace: Workspace, memory: string): Books | undefined {
  const side = workspace.kernel.deviceSide;
  if (side === undefined) return undefined;
  const buffer = workspace.held.find((held): held is Buffer =>
    held.kind === "buffer" && memoryOf(workspace, held) === memory
  );
  if (buffer === undefined) return undefined;
  const books = side.books(buffer.device.fd, buffer.handle);
  return isError(books) ? undefined : books as Books;
}

/** What happened between two readings of the books. */
export function bookedSince(
  before: Books | undefined,
  after: Books | undefined,
): Books | undefined {
  if (before === undefined || after === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(after).map(([key, value]) => [key, value - before[key as keyof Books]]),
  ) as unknown as Books;
}
