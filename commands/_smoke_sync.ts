/**
 * The syncs of `smoke`, held against what the device reads and against the books where the kernel
 * shows them (simulated boards).
 *
 * @module
 */
import { CheckFailed, KernelRefusal, NotSupported } from "../errors.ts";
import type { Books } from "../ffi/kernel.ts";
import { plural } from "../output/plural.ts";
import { formatHex } from "../syntax/hex.ts";
import { deviceRead } from "../workspace/device_side.ts";
import type { Patience } from "../workspace/fences.ts";
import type { Buffer } from "../workspace/objects.ts";
import { syncObject, type SyncOutcome } from "../workspace/sync.ts";
import type { Workspace } from "../workspace/workspace.ts";

const INTENT = { for: "device", access: "w" } as const;
/** What is synced, in bytes: the first ones, the pattern among them. */
const ASKED = 64;

interface Synced {
  readonly outcome: SyncOutcome;
  /** The interface knows whole buffers only. */
  readonly whole: boolean;
}

async function syncStart(
  workspace: Workspace,
  buffer: Buffer,
  patience: Patience,
): Promise<Synced> {
  const { driver } = buffer.device;
  const plan = driver.plan(buffer.device, buffer, INTENT);
  const whole = plan.op !== "none" && plan.granularity === "whole";
  const outcome = await syncObject(workspace, buffer, {
    ranges: [{ offset: 0n, length: BigInt(ASKED) }],
    whole,
    access: "rw",
    raw: false,
    oneByOne: false,
    intent: INTENT,
  }, patience);
  return { outcome, whole };
}

/** Lines that a sync visited beyond those of the asked range; 0 where nobody counts them. */
function linesTooMany(workspace: Workspace, books: Books | undefined): number {
  const { deviceSide } = workspace.kernel;
  if (deviceSide === undefined || books === undefined) return 0;
  return Math.max(0, books.linesTouched - Math.ceil(ASKED / deviceSide.lineBytes));
}

/** Whether the device reads a pattern at the start of a buffer; undefined where nobody can tell. */
function deviceSees(
  workspace: Workspace,
  buffer: Buffer,
  pattern: Uint8Array,
): boolean | undefined {
  if (workspace.kernel.deviceSide === undefined) return undefined;
  try {
    const { bytes } = deviceRead(workspace, buffer, { offset: 0, length: pattern.length });
    return formatHex(bytes) === formatHex(pattern);
  } catch (error) {
    // A device that reads no memory has nothing to miss.
    if (error instanceof KernelRefusal || error instanceof NotSupported) return undefined;
    throw error;
  }
}

/**
 * Syncs the start of a buffer that holds a pattern, for the device.
 * @returns what was done, or why there was nothing to do
 * @throws {NotSupported} where the driver's call waits and does no more
 * @throws {CheckFailed} where more than the range was synced, or the device still reads other bytes
 */
export async function checkSync(
  workspace: Workspace,
  buffer: Buffer,
  pattern: Uint8Array,
  patience: Patience,
): Promise<string> {
  const { outcome, whole } = await syncStart(workspace, buffer, patience);
  const { op, why = "" } = outcome;
  if (op !== "none" && (outcome.effect === "wait" || outcome.effect === "none")) {
    throw new NotSupported(`${buffer.device.version.name} has no cache maintenance: ${why}`);
  }
  let told = op === "none" ? `nothing to do: ${why}` : op;
  if (whole) told = `${op} of the whole buffer: ${buffer.device.version.name} has no ranges`;
  else if (op !== "none" && linesTooMany(workspace, outcome.books) > 0) {
    // The first sync may be what maps the buffer for the device, which cleans it all.
    const again = (await syncStart(workspace, buffer, patience)).outcome;
    const more = linesTooMany(workspace, again.books);
    const range = `where ${ASKED} B were asked for`;
    if (more > 0) {
      throw new CheckFailed(`${op} visited ${plural(more, "cache line")} too many ${range}`);
    }
    const lines = linesTooMany(workspace, outcome.books);
    told = `${op}; the first one mapped the buffer for the device and visited ` +
      `${plural(lines, "cache line")} more`;
  }
  if (deviceSees(workspace, buffer, pattern) === false) {
    throw new CheckFailed(`${told}, and the device reads other bytes than the CPU wrote`);
  }
  return told;
}
