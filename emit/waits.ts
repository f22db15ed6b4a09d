/**
 * Waits: what boctl does in slices, so that Ctrl-C is heard, is one call in C.
 *
 * @module
 */
import type { JsonValue } from "../ffi/json.ts";
import { parseDeadline } from "../trace/deadline.ts";
import type { NoteEntry, TraceEntry } from "../trace/format.ts";
import { mapNamedFields } from "../trace/named_fields.ts";

/** Milliseconds that a wait may take which ended well. */
const PATIENCE_MS = 10_000;

type Entry<C extends TraceEntry["call"]> = Extract<TraceEntry, { readonly call: C }>;
/** An entry that is a call. */
export type CallEntry = Exclude<TraceEntry, NoteEntry>;

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

/** Calls with each wait as one call, and without those that were made again. */
export function withoutSlices(calls: readonly CallEntry[]): readonly CallEntry[] {
  return mergedWaits(mergedPolls(withoutRetries(calls)));
}
