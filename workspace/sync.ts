/**
 * Cache maintenance: the portable form and the raw operations, on buffers by their driver's call
 * and on dma-bufs by DMA_BUF_IOCTL_SYNC. Never wider than asked in silence.
 *
 * @module
 */
import type { SyncIntent, SyncPlan } from "../drivers/driver.ts";
import { cachelessBracket, type Exporter } from "../drivers/exporters.ts";
import { KernelRefusal, UsageError } from "../errors.ts";
import type { Books, ByteRange } from "../ffi/kernel.ts";
import { didYouMean } from "../syntax/nearest.ts";
import { formatRange, type Range } from "../syntax/range.ts";
import { bookedSince, booksOf } from "./device_side.ts";
import { type Patience, waitForDmaBuf, waitForObject } from "./fences.ts";
import { bracketDmaBuf, counted } from "./brackets.ts";
import type { Counted } from "./journal.ts";
import { noted } from "./refusals.ts";
import { dmaBufBehind, memoryOf, sizeOf } from "./maps.ts";
import type { Buffer, DmaBuf } from "./objects.ts";
import type { Workspace } from "./workspace.ts";

/** What `sync` was asked for. Either `intent` or `op` is given. */
export interface SyncRequest {
  readonly ranges: readonly Range[];
  readonly whole: boolean;
  readonly intent?: SyncIntent;
  readonly op?: string;
  /** CPU access of a raw begin or end. */
  readonly access: "r" | "w" | "rw";
  /** Send ranges that are known to be wrong. */
  readonly raw: boolean;
  readonly oneByOne: boolean;
}

/** What was done. Ranges in bytes. */
export interface SyncOutcome {
  readonly op: string;
  readonly effect: SyncPlan["effect"];
  readonly via: "driver" | "dma-buf" | "nothing";
  readonly asked: readonly ByteRange[];
  /** What the interface acted on: the asked ranges, the whole buffer, or no cache line at all. */
  readonly touched: readonly ByteRange[];
  /** Why there was nothing to do, or for no cache. */
  readonly why?: string;
  /** What the simulator counted for this call. */
  readonly books?: Books;
}

const bracketOps: Readonly<Record<"begin" | "end", SyncPlan>> = {
  begin: { op: "begin", effect: "invalidate", granularity: "whole" },
  end: { op: "end", effect: "clean", granularity: "whole" },
};

function exporterOf(object: Buffer | DmaBuf): Exporter | undefined {
  return object.kind === "dma-buf" ? object.exporter : object.importedFrom?.exporter;
}

function unknownOp(op: string, known: readonly string[], subject: string): UsageError {
  return new UsageError(`--op: ${subject} has no operation "${op}"`, {
    word: op,
    hint: known.length === 0
      ? "This driver has no cache maintenance call."
      : `${didYouMean(op, known)}It has: ${known.join(", ")}.`,
  });
}

/** A plan, and whose call carries it out. */
interface Planned {
  readonly plan: SyncPlan;
  readonly via: "driver" | "dma-buf";
}

function planFor(object: Buffer | DmaBuf, request: SyncRequest): Planned {
  if (object.kind === "dma-buf" || (request.intent !== undefined && object.imported)) {
    const op = request.op ?? (request.intent?.for === "cpu" ? "begin" : "end");
    if (op !== "begin" && op !== "end") {
      throw unknownOp(op, Object.keys(bracketOps), `the dma-buf ${object.name}`);
    }
    const exporter = exporterOf(object);
    const cacheless = exporter === undefined ? undefined : cachelessBracket(op, exporter);
    return { plan: { ...bracketOps[op], ...cacheless }, via: "dma-buf" };
  }
  const { driver } = object.device;
  if (request.intent !== undefined) {
    return { plan: driver.plan(object.device, object, request.intent), via: "driver" };
  }
  const op = request.op ?? "";
  const plan = Object.hasOwn(driver.syncOps, op) ? driver.syncOps[op] : undefined;
  if (plan === undefined) throw unknownOp(op, Object.keys(driver.syncOps), driver.name);
  return {
    plan: driver.planOp?.(object.device, object, plan, exporterOf(object)) ?? plan,
    via: "driver",
  };
}

/** Checks what was asked against what the interface can do, before any call. */
function checkRanges(
  object: Buffer | DmaBuf,
  request: SyncRequest,
  { plan, via }: Planned,
): void {
  const size = BigInt(sizeOf(object));
  if (!request.raw) {
    const outside = request.ranges.find(({ offset, length }) => offset + length > size);
    if (outside !== undefined) {
      throw new UsageError(
        `--range: ${formatRange(outside)} ends beyond ${object.name}, which has ${size} bytes`,
        { hint: "--raw sends it all the same." },
      );
    }
  }
  if (plan.op === "none") return;
  if (plan.granularity === "whole" && !request.whole) {
    throw new UsageError(
      `${plan.op} acts on the whole of ${object.name} (${size} bytes): ` +
        `the ${via === "driver" ? "driver's" : "dma-buf"} interface has no range`,
      { hint: "Say --whole to accept that; asked and touched bytes are both told." },
    );
  }
  // Where no line is touched, which ones is no question.
  const touches = plan.effect !== "none" && plan.effect !== "wait";
  if (
    touches && plan.granularity === "range" && request.ranges.length === 0 && !request.whole
  ) {
    throw new UsageError(`which bytes of ${object.name}? Nothing was said`, {
      hint: "Give --range OFFSET:LENGTH (several are one call), or --whole for all of it.",
    });
  }
}

/** The bytes whose lines a plan acts on. */
function touchedBy(
  { effect, granularity }: SyncPlan,
  asked: readonly ByteRange[],
  whole: ByteRange,
): readonly ByteRange[] {
  if (effect === "wait" || effect === "none") return [];
  return granularity === "whole" ? [whole] : asked;
}

function small(range: Range): ByteRange {
  return { offset: Number(range.offset), length: Number(range.length) };
}

/**
 * Carries a sync out. A begin waits for the memory's fences first, in slices.
 * @throws {UsageError} for what the interface cannot do as asked
 * @throws {KernelRefusal} when the kernel refuses
 */
export async function syncObject(
  workspace: Workspace,
  object: Buffer | DmaBuf,
  request: SyncRequest,
  patience: Patience,
): Promise<SyncOutcome> {
  const planned = planFor(object, request);
  const { plan, via } = planned;
  checkRanges(object, request, planned);
  const everything: Range = { offset: 0n, length: BigInt(sizeOf(object)) };
  const ranges = request.ranges.length > 0 ? request.ranges : request.whole ? [everything] : [];
  const asked = ranges.map(small);
  if (plan.op === "none") {
    return {
      op: "none",
      effect: "none",
      via: "nothing",
      asked,
      touched: [],
      why: plan.why ?? "there is nothing to do",
    };
  }
  const memory = memoryOf(workspace, object);
  const before = booksOf(workspace, memory);
  if (via === "dma-buf") {
    const behind = dmaBufBehind(object);
    if (behind === undefined) throw new Error(`${object.name} has no dma-buf`);
    const edge = plan.op === "begin" ? "begin" : "end";
    if (edge === "begin") await waitForDmaBuf(workspace, behind, request.access, patience);
    bracketDmaBuf(workspace, behind, memory, edge, request.access);
  } else if (object.kind === "buffer") {
    if (plan.waits) await waitForObject(workspace, object, request.access, patience);
    syncByDriver(workspace, object, plan, ranges, request);
  }
  const books = bookedSince(before, booksOf(workspace, memory));
  return {
    op: plan.op,
    effect: plan.effect,
    via,
    asked,
    touched: touchedBy(plan, asked, small(everything)),
    ...(plan.why === undefined ? {} : { why: plan.why }),
    ...(books === undefined ? {} : { books }),
  };
}

function syncByDriver(
  workspace: Workspace,
  buffer: Buffer,
  plan: SyncPlan,
  ranges: readonly Range[],
  { oneByOne, raw }: SyncRequest,
): void {
  const calls = oneByOne ? ranges.map((range) => [range]) : [ranges];
  const memory = memoryOf(workspace, buffer);
  const { imported, name: of, device: { name: device } } = buffer;
  for (const [i, call] of calls.entries()) {
    let books: { readonly books?: Counted };
    try {
      books = counted(
        workspace,
        memory,
        () =>
          noted(
            workspace,
            { what: "sync", of, memory, device, imported },
            () => buffer.device.driver.sync(buffer.device, buffer, plan, call, raw),
          ),
      );
    } catch (error) {
      if (error instanceof KernelRefusal && ranges.length > 1) {
        error.hint = oneByOne
          ? `Range ${i + 1} of ${ranges.length} was refused: ${
            call.map(formatRange).join("")
          }; the ones before it are done.`
          : "Ranges before the refused one may be done; --one-by-one finds it.";
      }
      throw error;
    }
    workspace.journal.add({
      kind: "sync",
      of,
      memory,
      device,
      effect: plan.effect,
      asked: call.map(small),
      touched: touchedBy(plan, call.map(small), { offset: 0, length: buffer.size }),
      caching: buffer.caching,
      ...books,
    });
  }
}
