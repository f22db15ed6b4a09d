/** @module */
import { F_SEAL_FUTURE_WRITE, F_SEAL_GROW, F_SEAL_SHRINK, F_SEAL_WRITE } from "../ffi/constants.ts";
import { flagNamesOf } from "../drivers/flags.ts";
import { NotSupported, UsageError } from "../errors.ts";
import { formatSize } from "../syntax/size.ts";
import { allocateHeap, allocateUdmabuf, createBuffer } from "../workspace/buffers.ts";
import { deviceFor } from "../workspace/devices.ts";
import type { Buffer, DmaBuf } from "../workspace/objects.ts";
import { defineCommand, type Result } from "./command.ts";
import { bufferData, describeDmaBuf } from "./_describe.ts";

const seals: Readonly<Record<string, number>> = {
  none: 0,
  shrink: F_SEAL_SHRINK,
  grow: F_SEAL_GROW,
  write: F_SEAL_WRITE,
  "future-write": F_SEAL_FUTURE_WRITE,
};

function sealBits(text: string): number {
  return text.split(",").reduce((bits, name) => {
    const bit = Object.hasOwn(seals, name) ? seals[name] : undefined;
    if (bit === undefined) {
      throw new UsageError(`--seals: "${name}" is no seal`, {
        word: text,
        hint: `Seals: ${Object.keys(seals).join(", ")}.`,
      });
    }
    return bits | bit;
  }, 0);
}

function parseDumb(text: string): { width: number; height: number; bpp: number } {
  const match = /^(\d+)x(\d+)(?:x(\d+))?$/.exec(text);
  const [width, height, bpp] = (match?.slice(1) ?? []).map((part) => Number(part ?? "32"));
  if (width === undefined || height === undefined || bpp === undefined) {
    throw new UsageError(`--dumb: "${text}" is not WxHxBPP`, {
      word: text,
      hint: "For example 640x480x32.",
    });
  }
  if ([width, height, bpp].some((value) => value > 0xffff_ffff)) {
    throw new UsageError(`--dumb: "${text}" does not fit 32-bit fields`, { word: text });
  }
  return { width, height, bpp };
}

function bufferResult(buffer: Buffer, asked: bigint): Result {
  const { device } = buffer;
  const names = flagNamesOf(device.driver.flagNames, buffer.flagWord);
  const rounded = BigInt(buffer.size) === asked ? "" : ` (asked for ${asked} B)`;
  const flags = names.length > 0 ? `, flags ${names.join("|")}` : "";
  const place = buffer.placement === undefined ? "" : `, in ${buffer.placement}`;
  const caching = buffer.unmapped !== undefined
    ? buffer.unmapped.dmaBuf ? ", mapped through its dma-buf alone" : ", no CPU maps"
    : buffer.caching === "unknown"
    ? ""
    : `, mapped ${buffer.caching}`;
  return {
    data: {
      ...bufferData(buffer),
      flags: { raw: buffer.flagWord, names },
    },
    text: `${buffer.name}: ${formatSize(buffer.size)}${rounded} on ${device.name} ` +
      `(${device.path}), ${device.family.formatHandle(buffer.handle)}${place}${caching}${flags}` +
      (buffer.private ? ", private" : ""),
  };
}

function dmaBufResult(dmaBuf: DmaBuf): Result {
  const described = describeDmaBuf(dmaBuf);
  return { data: described.data, text: `${dmaBuf.name}: ${described.text}` };
}

export const command = defineCommand({
  name: "create",
  summary: "make a buffer object, or a dma-buf from a heap or udmabuf",
  group: "buffers",
  arguments: [],
  options: {
    size: { type: "size", value: "SIZE", help: "bytes; the kernel rounds up to pages" },
    dumb: { type: "text", value: "WxHxBPP", help: "a dumb buffer of this shape" },
    heap: { type: "text", value: "NAME", help: "allocate from /dev/dma_heap/NAME: a dma-buf" },
    udmabuf: { type: "flag", help: "a dma-buf over a sealed memfd" },
    cached: { type: "flag", help: "CPU mappings write-back; without it write-combined" },
    private: { type: "flag", help: "a buffer that cannot be exported (panthor: exclusive VM)" },
    "no-mmap": { type: "flag", help: "a buffer that the CPU cannot map" },
    placement: { type: "text", value: "PLACE", help: "where its memory is to be, e.g. vram" },
    flags: { type: "text", value: "NAMES", help: "the driver's own flags, e.g. wb-mmap,no-mmap" },
    "read-only": { type: "flag", help: "--heap: the dma-buf cannot be mapped for writing" },
    seals: {
      type: "text",
      value: "NAMES",
      help: "--udmabuf: the memfd's seals (default shrink); others provoke refusals",
    },
    on: { type: "text", value: "DEVICE", help: "the device, where it is not the workspace's own" },
    as: { type: "text", value: "NAME", help: "the name to hold it by (else bo1, db1, …)" },
  },
  examples: [
    {
      line: "--device sim:panthor create --size 4KiB --cached",
      shows: "a write-back buffer on a board that is not coherent",
    },
    { line: "--device sim:qemu create --dumb 640x480x32 --as fb", shows: "a dumb buffer named fb" },
    { line: "create --heap system --size 1M", shows: "a dma-buf from a heap" },
  ],
  holds: () => true,
  async run({ workspace }, { options }): Promise<Result> {
    const sources = [
      options.heap !== undefined,
      options.udmabuf,
      options.dumb !== undefined,
    ].filter(Boolean).length;
    if (sources > 1) {
      throw new UsageError("create: --heap, --udmabuf and --dumb exclude each other");
    }
    const seal = options.seals === undefined ? undefined : sealBits(options.seals);
    const dumb = options.dumb === undefined ? undefined : parseDumb(options.dumb);
    if (options.size === undefined && dumb === undefined) {
      throw new UsageError("create: --size is missing", {
        hint: "For example: create --size 4KiB",
      });
    }
    if (options.size !== undefined && dumb !== undefined) {
      throw new UsageError("create: --dumb has its own size: leave out --size");
    }
    if (seal !== undefined && !options.udmabuf) {
      throw new UsageError("create: --seals goes with --udmabuf");
    }
    if (options["read-only"] && options.heap === undefined) {
      throw new UsageError("create: --read-only goes with --heap", {
        hint: "A buffer object's dma-buf is read-only where it is first exported without --rdwr.",
      });
    }
    const size = options.size ?? 0n;
    if (options.heap !== undefined || options.udmabuf) {
      const what = options.heap !== undefined ? "--heap" : "--udmabuf";
      const own = options.flags ?? options.placement;
      if (options.private || options["no-mmap"] || own !== undefined) {
        throw new NotSupported(
          `${what}: --private, --no-mmap and --flags are for buffer objects, as is --placement`,
        );
      }
      if (options.on !== undefined) {
        throw new UsageError(`create: ${what} allocates without a device: leave out --on`);
      }
      if (options.heap !== undefined && (options.heap.includes("/") || options.heap === "")) {
        throw new UsageError(`--heap: "${options.heap}" is not a heap's name`, {
          word: options.heap,
        });
      }
      return dmaBufResult(
        options.heap !== undefined
          ? allocateHeap(workspace, options.heap, size, {
            rdwr: !options["read-only"],
            cloexec: true,
          }, options.as)
          : allocateUdmabuf(workspace, size, {
            cloexec: true,
            ...(seal === undefined ? {} : { seals: seal }),
          }, options.as),
      );
    }
    // A bad name is a usage error: found before any call is made.
    if (options.as !== undefined) workspace.nameFor("buffer", options.as);
    const device = await deviceFor(workspace, options.on);
    const buffer = createBuffer(workspace, device, {
      size,
      cached: options.cached,
      private: options.private,
      noMmap: options["no-mmap"],
      flags: options.flags === undefined ? [] : options.flags.split(",").filter((f) => f !== ""),
      ...(options.placement === undefined ? {} : { placement: options.placement }),
      ...(dumb === undefined ? {} : { dumb }),
    }, options.as);
    return bufferResult(
      buffer,
      dumb === undefined ? size : BigInt(dumb.width) * BigInt(dumb.height) * BigInt(dumb.bpp) / 8n,
    );
  },
});
