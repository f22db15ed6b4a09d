/** @module */
import { UsageError } from "../errors.ts";
import { plural } from "../output/plural.ts";
import { formatNanoseconds } from "../syntax/nanoseconds.ts";
import { formatSize } from "../syntax/size.ts";
import { formatRange } from "../syntax/range.ts";
import type { ByteRange } from "../ffi/kernel.ts";
import type { SyncIntent } from "../drivers/driver.ts";
import { syncObject, type SyncOutcome } from "../workspace/sync.ts";
import { sizeOf } from "../workspace/maps.ts";
import { patienceNs, timeoutOption } from "./_patience.ts";
import { syncHelp } from "./_sync_help.ts";
import { defineCommand, type Result } from "./command.ts";

function total(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

function textOf(name: string, size: number, outcome: SyncOutcome): string {
  if (outcome.op === "none") return `${name}: nothing to do: ${outcome.why}`;
  const asked = outcome.asked.map(formatRange).join(", ");
  const moved = outcome.books?.pagesMoved ?? 0;
  if (outcome.why !== undefined) {
    return `${name}: ${outcome.op} (${outcome.effect}): ${outcome.why}` +
      (moved === 0 ? "" : `\n  books: ${plural(moved, "page")} MOVED`);
  }
  const wider = total(outcome.touched) > total(outcome.asked);
  const lines = [
    `${name}: ${outcome.op} (${outcome.effect}) of ` +
    (asked === "" ? `the whole buffer, ${formatSize(size)}` : asked) +
    (wider && asked !== "" ? `; the interface touched the whole buffer, ${formatSize(size)}` : ""),
  ];
  const { books } = outcome;
  if (books !== undefined) {
    const parts = [
      `${plural(books.linesTouched, "line")} touched`,
      `${books.linesCleaned} cleaned`,
      `${books.linesInvalidated} invalidated`,
    ];
    if (books.linesInVain > 0) parts.push(`${books.linesInVain} in vain`);
    if (books.bytesCarriedAlong > 0) {
      parts.push(`${plural(books.bytesCarriedAlong, "byte")} carried along by edge lines`);
    }
    if (books.dirtyBytesDiscarded > 0) {
      parts.push(`${plural(books.dirtyBytesDiscarded, "unwritten byte")} DISCARDED`);
    }
    if (moved > 0) parts.push(`${plural(moved, "page")} MOVED`);
    // What the board's caches take for it, on the simulator's clock.
    parts.push(formatNanoseconds(books.nanoseconds));
    lines.push(`  books: ${parts.join(", ")}`);
  }
  return lines.join("\n");
}

export const command = defineCommand({
  name: "sync",
  summary: "exact cache maintenance: clean for the device, invalidate for the CPU",
  group: "buffers",
  arguments: [{ name: "BUF|DB", help: "a buffer object or a dma-buf" }],
  options: {
    range: { type: "range", value: "RANGE", help: "which bytes; several are one call", many: true },
    whole: { type: "flag", help: "all of it; asked and touched bytes are both told" },
    for: {
      type: "text",
      value: "WHO",
      choices: ["device", "cpu"],
      help: "who uses the bytes next (default device)",
    },
    access: {
      type: "text",
      value: "HOW",
      choices: ["r", "w", "rw"],
      help: "the CPU's access before (for device) or after (for cpu); default rw",
    },
    op: { type: "text", value: "NAME", help: "the raw operation instead of --for" },
    timeout: timeoutOption,
    raw: { type: "flag", help: "send ranges that are known to be wrong" },
    "one-by-one": { type: "flag", help: "one call a range, to find the one that is refused" },
  },
  details: syncHelp,
  examples: [
    {
      line: "--device sim:panthor create --size 4KiB --cached , mmap bo1 --fill aa , " +
        "sync bo1 --range 0:64",
      shows: "one line is written back, the others stay in the cache",
    },
  ],
  async run({ workspace, signal }, { options, words }): Promise<Result> {
    const object = workspace.get(words[0] ?? "", ["buffer", "dma-buf"]);
    if (options.op !== undefined && options.for !== undefined) {
      throw new UsageError("sync: --op and --for exclude each other");
    }
    const access = (options.access ?? "rw") as "r" | "w" | "rw";
    const intent: SyncIntent | undefined = options.op === undefined
      ? { for: (options.for ?? "device") as "device" | "cpu", access }
      : undefined;
    const outcome = await syncObject(workspace, object, {
      ranges: options.range,
      whole: options.whole,
      access,
      raw: options.raw,
      oneByOne: options["one-by-one"],
      ...(intent === undefined ? {} : { intent }),
      ...(options.op === undefined ? {} : { op: options.op }),
    }, { timeoutNs: patienceNs(options.timeout), signal });
    return {
      data: {
        of: object.name,
        ...outcome,
        bytesAsked: total(outcome.asked),
        bytesTouched: total(outcome.touched),
      },
      text: textOf(object.name, sizeOf(object), outcome),
    };
  },
});
