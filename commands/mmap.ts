/** @module */
import { CheckFailed, UsageError } from "../errors.ts";
import { plural } from "../output/plural.ts";
import { hexdump } from "../output/hexdump.ts";
import { formatHex } from "../syntax/hex.ts";
import { formatSize, parseSize } from "../syntax/size.ts";
import { turn } from "../workspace/turn.ts";
import { bracketDmaBuf } from "../workspace/brackets.ts";
import { Accessor, heldDmaBuf, mapObject, sizeOf } from "../workspace/maps.ts";
import type { Buffer, DmaBuf, HeldMapping } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { patienceNs } from "./_patience.ts";
import { waitForDmaBuf } from "../workspace/fences.ts";
import { type Context, defineCommand, type Result } from "./command.ts";
import {
  checkRangeForm,
  fillForm,
  fillOf,
  firstDifference,
  hashes,
  placedBytes,
  placedForm,
  rangeWithin,
  READ_LIMIT,
} from "./_mmap_values.ts";

const options = {
  read: { type: "text", value: "RANGE", help: "print bytes as hexadecimal digits" },
  dump: { type: "text", value: "RANGE", help: "print bytes as hexdump -C does" },
  fill: { type: "text", value: "BYTE[@RANGE]", help: "set bytes, e.g. aa or aa@0:64", many: true },
  write: {
    type: "text",
    value: "OFF=HEX",
    help: "write bytes, or OFF=@file: a file's",
    many: true,
  },
  verify: {
    type: "text",
    value: "OFF=HEX",
    help: "compare bytes (or OFF=@file); a difference is exit 1",
    many: true,
  },
  crc32: { type: "text", value: "RANGE", help: "CRC-32 as of zlib and gzip" },
  sha256: { type: "text", value: "RANGE", help: "SHA-256" },
  bracket: { type: "flag", help: "put the dma-buf's begin and end around the action" },
  via: {
    type: "text",
    value: "WAY",
    choices: ["node", "dma-buf"],
    help: "how to map: an import through its dma-buf, everything else as it comes",
  },
  "map-offset": {
    type: "text",
    value: "OFFSET",
    help: "map from this offset of the file on, to provoke: most exporters show page 0",
  },
  "read-only": { type: "flag", help: "map for reading only, although the mapping is kept" },
  as: { type: "text", value: "NAME", help: "keep the mapping under this name" },
} as const;

/** What the action does to the memory, as begin and end are told. */
function accessOf(reads: boolean, writes: boolean): "r" | "w" | "rw" {
  return reads && writes ? "rw" : writes ? "w" : "r";
}

export const command = defineCommand({
  name: "mmap",
  summary: "map a buffer, a dma-buf or an import and act on its bytes",
  group: "buffers",
  arguments: [{ name: "NAME", help: "a buffer, a dma-buf, or a mapping that was kept" }],
  options,
  details: `RANGE is OFFSET:LENGTH, START..END or "all". Several actions are done in this order:
fill, write, verify, read, dump, crc32, sha256. Nothing is synced unless
--bracket is said. An import is mapped through its dma-buf; --via node maps it
through the importer's node, which drivers redirect, refuse or let fault. With
--map-offset a RANGE counts from where the mapping starts.`,
  examples: [
    {
      line: "create --size 4KiB , mmap bo1 --write 0=deadbeef --read 0:4",
      shows: "deadbeef",
    },
    {
      line: "create --heap system --size 4KiB , mmap db1 --bracket --fill aa --crc32 all",
      shows: "a dma-buf written between begin and end",
    },
  ],
  validate({ options }): void {
    for (const name of ["read", "dump", "crc32", "sha256"] as const) {
      const text = options[name];
      if (text !== undefined) checkRangeForm(text, `--${name}`);
    }
    for (const text of options.fill) fillForm(text);
    for (const text of options.write) placedForm(text, "--write");
    for (const text of options.verify) placedForm(text, "--verify");
  },
  async run(context, { options, words }): Promise<Result> {
    const { workspace } = context;
    const object = workspace.get(words[0] ?? "", ["buffer", "dma-buf", "mapping"]);
    const start = startOf(options["map-offset"], object);
    const size = sizeOf(object) - start;

    // Everything is read and checked before the first system call.
    const fills = options.fill.map((text) => fillOf(text, size));
    const writes = await Promise.all(
      options.write.map((text) => placedBytes(context, text, size, "--write")),
    );
    const verifies = await Promise.all(
      options.verify.map((text) => placedBytes(context, text, size, "--verify")),
    );
    const ranged = (name: "read" | "dump" | "crc32" | "sha256") => {
      const text = options[name];
      return text === undefined ? undefined : rangeWithin(text, size, `--${name}`);
    };
    const read = ranged("read");
    const dump = ranged("dump");
    for (const range of [read, dump]) {
      if (range !== undefined && range.length > READ_LIMIT) {
        throw new UsageError(
          `--read and --dump print at most ${formatSize(READ_LIMIT)}, not ${range.length} bytes`,
          { hint: "Use --sha256 or --crc32 for more." },
        );
      }
    }
    const crc32 = ranged("crc32");
    const sha256 = ranged("sha256");
    const doesWrite = fills.length + writes.length > 0;
    const doesRead = verifies.length > 0 ||
      [read, dump, crc32, sha256].some((range) => range !== undefined);
    if (!doesWrite && !doesRead && options.as === undefined) {
      throw new UsageError("mmap: nothing to do", {
        hint: "Give an action (--read, --write, …), or --as NAME to keep the mapping.",
      });
    }

    const held = object.kind === "mapping" ? object : undefined;
    if (held !== undefined && (options.as !== undefined || options.via !== undefined)) {
      throw new UsageError(`mmap: "${held.name}" is mapped already: --as and --via do not apply`);
    }
    const map = object.kind === "mapping"
      ? object
      : mapFor(workspace, object, { ...options, start }, doesWrite);
    const lines: string[] = [];
    const data: Record<string, unknown> = { of: map.of, via: map.via, size, caching: map.caching };
    const shown: { bytes?: Uint8Array } = {};
    const kept = held !== undefined || options.as !== undefined;
    let done = false;
    try {
      await within(context, map, options.bracket, accessOf(doesRead, doesWrite), async () => {
        const access = new Accessor(workspace, map);
        for (const { offset, length, value } of fills) {
          for (const _ of access.fillPieces(offset, length, value)) await turn(context.signal);
        }
        for (const { offset, bytes } of writes) access.write(offset, bytes);
        let written = 0;
        for (const { length } of fills) written += length;
        for (const { bytes } of writes) written += bytes.length;
        if (doesWrite) {
          data["written"] = written;
          lines.push(`wrote ${plural(written, "byte")} to ${map.of}`);
        }
        for (const { offset, bytes } of verifies) {
          const actual = access.read(offset, bytes.length);
          const at = firstDifference(actual, bytes);
          if (at >= 0) {
            const show = (from: Uint8Array): string => formatHex(from.subarray(at, at + 16));
            throw new CheckFailed(
              `verify: ${map.of} differs at 0x${(offset + at).toString(16)}: ` +
                `it has ${show(actual)}, not ${show(bytes)}`,
            );
          }
          data["verified"] = true;
          lines.push(`verified ${bytes.length} bytes at 0x${offset.toString(16)}`);
        }
        if (read !== undefined) {
          const bytes = access.read(read.offset, read.length);
          shown.bytes = bytes;
          data["bytes"] = formatHex(bytes);
          lines.push(formatHex(bytes));
        }
        if (dump !== undefined) {
          const bytes = access.read(dump.offset, dump.length);
          shown.bytes ??= bytes;
          data["dump"] = formatHex(bytes);
          lines.push(hexdump(bytes, dump.offset));
        }
        if (crc32 !== undefined) {
          data["crc32"] = await hashes(context, access, "crc32", crc32);
          lines.push(`crc32 ${data["crc32"]}`);
        }
        if (sha256 !== undefined) {
          data["sha256"] = await hashes(context, access, "sha256", sha256);
          lines.push(`sha256 ${data["sha256"]}`);
        }
      });
      done = true;
    } finally {
      if (!kept || (held === undefined && !done)) unmapNow(workspace, map);
    }
    if (options.as !== undefined) {
      workspace.hold(map);
      data["name"] = map.name;
      lines.push(`${map.name}: ${formatSize(size)} of ${map.of} through its ${map.via}`);
    }
    return { data, text: lines.join("\n"), ...shown };
  },
});

/** Lets go of a mapping that has no name to stay. */
function unmapNow(workspace: Workspace, map: HeldMapping): void {
  map.mapping.unmap();
  workspace.journal.add({ kind: "close", what: "mapping", name: map.name, memory: map.memory });
}

/** The bytes of `--map-offset`, which end before the file does. Pages are the kernel's affair. */
function startOf(text: string | undefined, object: Buffer | DmaBuf | HeldMapping): number {
  if (text === undefined) return 0;
  if (object.kind === "mapping") {
    throw new UsageError(`mmap: "${object.name}" is mapped already: --map-offset does not apply`);
  }
  const start = parseSize(text, "--map-offset");
  if (start < BigInt(sizeOf(object))) return Number(start);
  throw new UsageError(`--map-offset: ${object.name} has ${sizeOf(object)} bytes`, { word: text });
}

function mapFor(
  workspace: Workspace,
  object: Parameters<typeof mapObject>[1],
  chosen: { via: string | undefined; "read-only": boolean; as: string | undefined; start: number },
  doesWrite: boolean,
): HeldMapping {
  const imported = object.kind === "buffer" && object.imported &&
    object.importedFrom !== undefined;
  const via = chosen.via === "node" || chosen.via === "dma-buf"
    ? chosen.via
    : object.kind === "dma-buf" || imported
    ? "dma-buf"
    : "node";
  if (chosen["read-only"] && doesWrite) {
    throw new UsageError("mmap: --read-only and an action that writes exclude each other");
  }
  const writable = doesWrite || (chosen.as !== undefined && !chosen["read-only"]);
  return mapObject(workspace, object, { writable, via, start: chosen.start }, chosen.as);
}

/** Runs an action between begin and end, where that is asked; end is called on errors, too. */
async function within(
  { workspace, signal }: Context,
  map: HeldMapping,
  bracket: boolean,
  access: "r" | "w" | "rw",
  action: () => Promise<void>,
): Promise<void> {
  if (!bracket) return await action();
  if (map.dmaBuf === undefined) {
    throw new UsageError(`mmap: --bracket: "${map.of}" is not mapped through a dma-buf`, {
      hint: "Use sync --range around the access, or export it and map the dma-buf.",
    });
  }
  const dmaBuf = heldDmaBuf(workspace, map);
  if (dmaBuf === undefined) {
    throw new UsageError(`mmap: --bracket: the dma-buf "${map.dmaBuf.name}" was closed`, {
      hint: "The mapping lives on, the descriptor for begin and end does not.",
    });
  }
  const { memory } = map;
  const end = (): void => bracketDmaBuf(workspace, dmaBuf, memory, "end", access);
  await waitForDmaBuf(workspace, dmaBuf, access, { timeoutNs: patienceNs(undefined), signal });
  bracketDmaBuf(workspace, dmaBuf, memory, "begin", access);
  try {
    await action();
  } catch (error) {
    try {
      end();
    } catch {
      // The action's own error is the one to report.
    }
    throw error;
  }
  end();
}
