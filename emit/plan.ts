/**
 * What of a trace a C file does: looking around is left out, slices of one wait are one wait, and
 * what only the simulator can do ends it.
 *
 * @module
 */
import { isRecord } from "../ffi/json.ts";
import type { FdName, TraceEntry } from "../trace/format.ts";
import { mapNamedFields } from "../trace/named_fields.ts";
import { isErrnoText } from "../trace/words.ts";
import { deviceSide, lookingAround, probes } from "./looking.ts";
import { type CallEntry, withoutSlices } from "./waits.ts";

type Entry<C extends TraceEntry["call"]> = Extract<TraceEntry, { readonly call: C }>;
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
    if (entry.call === "event") continue;
    if (steps.length === 0) steps.push({ command: "", calls: [], needsDevice: false });
    const step = steps.at(-1);
    if (step === undefined || step.needsDevice) continue;
    if (deviceSide.has(entry.call)) step.needsDevice = true;
    else if (!isLooking(entry, step.command)) step.calls.push(entry);
  }
  return steps;
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
      calls: withoutSlices(
        step.calls.filter((entry) =>
          !descriptorsOf(entry).some((fd) => ignored.has(fd)) &&
          !(entry.call === "open" && ignored.has(entry.result))
        ),
      ),
    })),
    left: ends < 0
      ? []
      : steps.slice(ends + 1).map(({ command }) => command).filter((command) => command !== ""),
  };
}
