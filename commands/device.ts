/** @module */
import { UsageError } from "../errors.ts";
import { hexdump } from "../output/hexdump.ts";
import { formatHex, parseHex } from "../syntax/hex.ts";
import { formatRange, parseRange } from "../syntax/range.ts";
import { parseSize } from "../syntax/size.ts";
import { deviceRead, deviceSideOf, deviceWrite } from "../workspace/device_side.ts";
import type { Buffer } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { defineCommand, type Result } from "./command.ts";

function within(buffer: Buffer, offset: bigint, length: bigint): void {
  if (offset + length > BigInt(buffer.size)) {
    throw new UsageError(
      `${
        formatRange({ offset, length })
      } ends beyond ${buffer.name}, which has ${buffer.size} bytes`,
    );
  }
}

function read(workspace: Workspace, buffer: Buffer, text: string): Result {
  const range = text === "all"
    ? { offset: 0n, length: BigInt(buffer.size) }
    : parseRange(text, "device read");
  within(buffer, range.offset, range.length);
  if (range.length > 16n << 20n) {
    throw new UsageError("device read prints at most 16 MiB", { word: text });
  }
  const offset = Number(range.offset);
  const found = deviceRead(workspace, buffer, { offset, length: Number(range.length) });
  const stale = found.stale.map(formatRange).join(", ");
  return {
    data: {
      of: buffer.name,
      bytes: formatHex(found.bytes),
      stale: found.stale,
    },
    bytes: found.bytes,
    text: (found.bytes.length <= 32 ? formatHex(found.bytes) : hexdump(found.bytes, offset)) +
      (stale === "" ? "" : `\nSTALE for the device: ${stale}`),
  };
}

function write(workspace: Workspace, buffer: Buffer, text: string): Result {
  const equals = text.indexOf("=");
  if (equals < 0) {
    throw new UsageError(`device write: "${text}" is not OFFSET=HEX`, { word: text });
  }
  const offset = parseSize(text.slice(0, equals), "device write offset");
  const bytes = parseHex(text.slice(equals + 1), "device write");
  within(buffer, offset, BigInt(bytes.length));
  deviceWrite(workspace, buffer, Number(offset), bytes);
  return {
    data: { of: buffer.name, written: bytes.length },
    text: `the device wrote ${bytes.length} bytes to ${buffer.name}`,
  };
}

export const command = defineCommand({
  name: "device",
  summary: "the device's side of an access (simulated boards only)",
  group: "buffers",
  arguments: [
    { name: "read|write", help: "what the device does" },
    { name: "BUF", help: "a buffer object of that device" },
    { name: "WHAT", help: "read: RANGE or all; write: OFFSET=HEX" },
  ],
  options: {},
  details: `The device reads what is in RAM: bytes that are still in the CPU's caches are
stale for it, and told so. On a live kernel this is exit 77.`,
  examples: [
    {
      line: "--device sim:panthor create --size 4KiB --cached , mmap bo1 --write 0=deadbeef , " +
        "device read bo1 0:4",
      shows: "00000000: nothing was flushed",
    },
  ],
  run({ workspace }, { words }): Result {
    const [verb = "", name = "", what = ""] = words;
    if (verb !== "read" && verb !== "write") {
      throw new UsageError(`device: "${verb}" is neither read nor write`, { word: verb });
    }
    deviceSideOf(workspace);
    const buffer = workspace.get(name, ["buffer"]);
    return verb === "read" ? read(workspace, buffer, what) : write(workspace, buffer, what);
  },
});
