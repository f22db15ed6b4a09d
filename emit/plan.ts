/**
 * What of a trace a C file does: looking around is left out, slices of one wait are one wait, and
 * what only the simulator can do ends it.
 *
 * @module
 */
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { parseDeadline } from "../trace/deadline.ts";
import type { FdName, TraceEntry } from "../trace/format.ts";
import { mapNamedFields } from "../trace/named_fields.ts";
import { isErrnoText } from "../trace/words.ts";
import { deviceSide, lookingAround, probes } from "./looking.ts";

/** Milliseconds that a wait may take which ended well. */
const PATIENCE_MS = 10_000;

type Entry<C extends TraceEntry["call"]> = Extract<TraceEntry, { readonly call: C }>;
/** An entry that is no command. */
export type CallEntry = Exclude<TraceEntry, { readonly call: "command" }>;

/** A command and its calls. */
export interface Step {
  readonly command: string;
  readonly file?: string;
  readonly line?: number;
  readonly calls: readonly CallEntry[];
  /** It needs the device's side: the program ends here. */
  readonly needsDevice: boolean;
}

/** What a C file does. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Commands that follow the one that needs the device's side. */
  readonly left: readonly string[];
}

/** Whether a command asks for a call itself: `ioctl . VERSION`. */
function asksFor(command: string, name: string): boolean {
  const [word, , call = ""] = command.split(/\s+/);
  const key = call.split(".").at(-1)?.toUpperCase().replaceAll("-", "_") ?? "";
  return word === "ioctl" && key !== "" && (name === key || name.endsWith(`_${key}`));
}

function isProbe({ name = "", in: given }: Entry<"ioctl">): boolean {
  return probes.has(name) && isRecord(given) && given.handle === 0;
}

function isLooking(entry: CallEntry, command: string): boolean {
  switch (entry.call) {
    case "stat":
    case "readText":
    case "readDirectory":
    case "readLink":
    case "device.stale":
    case "device.books":
      return true;
    case "open":
      return isErrnoText(entry.result) || !entry.path.startsWith("/dev/");
    case "ioctl":
      return (lookingAround.has(entry.name ?? "") || isProbe(entry)) &&
        !asksFor(command, entry.name ?? "");
    default:
      return false;
  }
}

/** Descriptors that a call is about, those in arguments included. */
function descriptorsOf(entry: CallEntry): readonly FdName[] {
  const own = "fd" in entry && entry.fd !== undefined ? [entry.fd] : [];
  if (entry.call === "poll") return entry.entries.map(({ fd }) => fd);
  if (entry.call !== "ioctl") return own;
  const inside: FdName[] = [];
  mapNamedFields(entry.name, entry.in, (kind, value) => {
    if (kind === "descriptor" && typeof value === "string") inside.push(value);
    return value;
  });
  return [...own, ...inside];
}

/** Nodes and files that were only looked at: opened and closed, with nothing else done. */
function onlyLookedAt(steps: readonly Step[]): ReadonlySet<FdName> {
  const opened = new Set<FdName>();
  const used = new Set<FdName>();
  for (const { calls } of steps) {
    for (const entry of calls) {
      if (entry.call === "open") opened.add(entry.result);
      else if (entry.call !== "close" && entry.call !== "fstat") {
        for (const fd of descriptorsOf(entry)) used.add(fd);
      }
    }
  }
  return opened.difference(used);
}

/** A step that calls are still added to. */
interface Open extends Step {
  readonly calls: CallEntry[];
  needsDevice: boolean;
}

function split(entries: readonly TraceEntry[]): Step[] {
  const steps: Open[] = [];
  for (const entry of entries) {
    if (entry.call === "command") {
      const { text, file, line } = entry;
      steps.push({
        command: text,
        ...(file === undefined ? {} : { file }),
        ...(line === undefined ? {} : { line }),
        calls: [],
        needsDevice: false,
      });
      continue;
    }
    if (steps.length === 0) steps.push({ command: "", calls: [], needsDevice: false });
    const step = steps.at(-1);
    if (step === undefined || step.needsDevice) continue;
    if (deviceSide.has(entry.call)) step.needsDevice = true;
    else if (!isLooking(entry, step.command)) step.calls.push(entry);
  }
  return steps;
}

function samePoll(a: Entry<"poll">, b: Entry<"poll">): boolean {
  const asked = ({ entries }: Entry<"poll">): string =>
    JSON.stringify(entries.map(({ fd, events }) => [fd, events]));
  return asked(a) === asked(b);
}

/** Milliseconds until the deadline of a call that has one. */
function deadlineOf(entry: Entry<"ioctl">): bigint | undefined {
  let found: bigint | undefined;
  mapNamedFields(entry.name, entry.in, (kind, value) => {
    if (kind === "deadline" && typeof value === "string") {
      found = parseDeadline(value, 0n);
    }
    return value;
  });
  return found === undefined ? undefined : found / 1_000_000n;
}

function withDeadline(name: string | undefined, data: JsonValue, ms: bigint): JsonValue {
  return mapNamedFields(
    name,
    data,
    (kind, value) =>
      kind === "deadline" && typeof value === "string" && parseDeadline(value, 0n) !== undefined
        ? `now+${ms}ms`
        : value,
  );
}

function sameWait(a: Entry<"ioctl">, b: Entry<"ioctl">): boolean {
  const asked = ({ fd, code, name, in: given }: Entry<"ioctl">): string =>
    JSON.stringify([fd, code, withDeadline(name, given, 0n)]);
  return asked(a) === asked(b);
}

/** One poll of the slices of one wait. */
function mergedPolls(calls: readonly CallEntry[]): CallEntry[] {
  const out: CallEntry[] = [];
  for (const entry of calls) {
    const last = out.at(-1);
    if (
      entry.call === "poll" && last?.call === "poll" && last.result === 0 && samePoll(entry, last)
    ) {
      out[out.length - 1] = { ...entry, timeoutMs: entry.timeoutMs + last.timeoutMs };
    } else out.push(entry);
  }
  return out.map((entry) =>
    entry.call === "poll" && Number(entry.result) > 0 && entry.timeoutMs > 0
      ? { ...entry, timeoutMs: Math.max(entry.timeoutMs, PATIENCE_MS) }
      : entry
  );
}

/** One waiting ioctl of the slices of one wait. */
function mergedWaits(calls: readonly CallEntry[]): CallEntry[] {
  const out: CallEntry[] = [];
  for (const entry of calls) {
    const last = out.at(-1);
    const ms = entry.call === "ioctl" ? deadlineOf(entry) : undefined;
    if (entry.call !== "ioctl" || ms === undefined) {
      out.push(entry);
      continue;
    }
    const before = last?.call === "ioctl" ? deadlineOf(last) : undefined;
    const slice = last?.call === "ioctl" && before !== undefined && sameWait(entry, last) &&
      ["ETIMEDOUT", "ETIME", "EBUSY"].includes(String(last.result));
    const sum = slice ? before + ms : ms;
    const given = entry.result === 0 && sum > 0n && sum < BigInt(PATIENCE_MS)
      ? BigInt(PATIENCE_MS)
      : sum;
    // What came back is what was passed, in the calls that wait.
    const { out: _, ...rest } = entry;
    const merged = { ...rest, in: withDeadline(entry.name, entry.in, given) };
    if (slice) out[out.length - 1] = merged;
    else out.push(merged);
  }
  return out;
}

/** Answers that are no answers: the call was made again. */
function withoutRetries(calls: readonly CallEntry[]): CallEntry[] {
  return calls.filter((entry, i) => {
    const next = calls[i + 1];
    return !(entry.call === "ioctl" && entry.result === "EAGAIN" && next?.call === "ioctl" &&
      next.fd === entry.fd && next.code === entry.code &&
      JSON.stringify(next.in) === JSON.stringify(entry.in));
  });
}

/** Plans a trace's entries. */
export function planTrace(entries: readonly TraceEntry[]): Plan {
  const steps = split(entries);
  const ends = steps.findIndex(({ needsDevice }) => needsDevice);
  const kept = ends < 0 ? steps : steps.slice(0, ends + 1);
  const ignored = onlyLookedAt(kept);
  return {
    steps: kept.map((step) => ({
      ...step,
      calls: mergedWaits(
        mergedPolls(
          withoutRetries(
            step.calls.filter((entry) =>
              !descriptorsOf(entry).some((fd) => ignored.has(fd)) &&
              !(entry.call === "open" && ignored.has(entry.result))
            ),
          ),
        ),
      ),
    })),
    left: ends < 0
      ? []
      : steps.slice(ends + 1).map(({ command }) => command).filter((command) => command !== ""),
  };
}
