/**
 * The device's side of an access, which only the simulator has.
 *
 * @module
 */
import { KernelRefusal, NotSupported } from "../errors.ts";
import { type Books, type ByteRange, type DeviceSide, isError } from "../ffi/kernel.ts";
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
  const staleRanges = stale(side, buffer, range);
  const bytes = side.read(buffer.device.fd, buffer.handle, range.offset, range.length);
  if (typeof bytes === "number") throw new KernelRefusal("device read", buffer.name, bytes);
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
