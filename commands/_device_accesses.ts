/**
 * What `device read`, `write`, `fill` and `copy` do with their words.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { ByteRange } from "../ffi/kernel.ts";
import { hexdump } from "../output/hexdump.ts";
import { formatHex, parseHex } from "../syntax/hex.ts";
import { formatRange, parseRange } from "../syntax/range.ts";
import { formatSize, parseSize } from "../syntax/size.ts";
import { deviceCopy, deviceRead, deviceWrite } from "../workspace/device_side.ts";
import type { Buffer } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Result } from "./command.ts";

/** The most that `device read` prints. */
const PRINT_LIMIT = 16 << 20;
/** The most that one access of `device fill` and `device copy` moves. */
const MOVE_LIMIT = 256 << 20;

/** A range given as text, or `all`, inside the buffer. */
function rangeOf(buffer: Buffer, text: string, what: string, most: number): ByteRange {
  const range = text === "all"
    ? { offset: 0n, length: BigInt(buffer.size) }
    : parseRange(text, what);
  within(buffer, range.offset, range.length, text);
  if (range.length > BigInt(most)) {
    throw new UsageError(`${what} takes at most ${formatSize(most)}, not ${range.length} bytes`, {
      word: text,
    });
  }
  return { offset: Number(range.offset), length: Number(range.length) };
}

function within(buffer: Buffer, offset: bigint, length: bigint, word: string): void {
  if (offset + length <= BigInt(buffer.size)) return;
  throw new UsageError(
    `${formatRange({ offset, length })} ends beyond ${buffer.name}, which has ${buffer.size} bytes`,
    { word },
  );
}

function staleLine(ranges: readonly ByteRange[]): string {
  return ranges.length === 0 ? "" : `\nSTALE for the device: ${ranges.map(formatRange).join(", ")}`;
}

/** `device read BUF RANGE|all`. */
export function read(workspace: Workspace, buffer: Buffer, text: string): Result {
  const range = rangeOf(buffer, text, "device read", PRINT_LIMIT);
  const found = deviceRead(workspace, buffer, range);
  const { bytes, stale } = found;
  return {
    data: { of: buffer.name, bytes: formatHex(bytes), stale },
    bytes,
    text: (bytes.length <= 32 ? formatHex(bytes) : hexdump(bytes, range.offset)) + staleLine(stale),
  };
}

/** `device write BUF OFFSET=HEX`. */
export function write(workspace: Workspace, buffer: Buffer, text: string): Result {
  const equals = text.indexOf("=");
  if (equals < 0) {
    throw new UsageError(`device write: "${text}" is not OFFSET=HEX`, { word: text });
  }
  const offset = parseSize(text.slice(0, equals), "device write offset");
  const bytes = parseHex(text.slice(equals + 1), "device write");
  within(buffer, offset, BigInt(bytes.length), text);
  deviceWrite(workspace, buffer, Number(offset), bytes);
  return {
    data: { of: buffer.name, written: bytes.length },
    text: `the device wrote ${bytes.length} bytes to ${buffer.name}`,
  };
}

/** `device fill BUF BYTE@RANGE`; without a range, all of it. */
export function fill(workspace: Workspace, buffer: Buffer, text: string): Result {
  const at = text.indexOf("@");
  const [value, more] = parseHex(at < 0 ? text : text.slice(0, at), "device fill");
  if (value === undefined || more !== undefined) {
    throw new UsageError(`device fill: "${text}" is not one byte`, {
      word: text,
      hint: "For example aa, or aa@0:64.",
    });
  }
  const where = at < 0 ? "all" : text.slice(at + 1);
  const { offset, length } = rangeOf(buffer, where, "device fill", MOVE_LIMIT);
  deviceWrite(workspace, buffer, offset, new Uint8Array(length).fill(value));
  return {
    data: { of: buffer.name, written: length },
    text: `the device filled ${length} bytes of ${buffer.name}`,
  };
}

/** `device copy SRC RANGE DST OFFSET`: both are buffers of one device. */
export function copy(
  workspace: Workspace,
  from: Buffer,
  rangeText: string,
  to: Buffer,
  offsetText: string,
): Result {
  if (from.device !== to.device) {
    throw new UsageError(
      `device copy: ${from.name} is a buffer of ${from.device.name}, ` +
        `${to.name} of ${to.device.name}`,
      {
        word: to.name,
        hint: `Import one into the other's device: export ${to.name} --as db , ` +
          `import db --on ${from.device.name}`,
      },
    );
  }
  const range = rangeOf(from, rangeText, "device copy", MOVE_LIMIT);
  const offset = parseSize(offsetText, "device copy offset");
  within(to, offset, BigInt(range.length), offsetText);
  const { stale } = deviceCopy(workspace, from, range, to, Number(offset));
  return {
    data: { of: from.name, to: to.name, copied: range.length, stale },
    text: `the device copied ${range.length} bytes of ${from.name} to ${to.name}` +
      staleLine(stale),
  };
}
