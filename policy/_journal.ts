/**
 * Journals for tests, briefly: a list of entries, one script line each; entries of an inner list
 * share a line. Every maker has a default for each field, for one write-back, non-coherent
 * panthor with the buffer `bo1`, its dma-buf `db1` and the mapping `map1`.
 *
 * @module
 */
import type {
  AllocateEvent,
  BracketEvent,
  CloseEvent,
  Counted,
  CpuEvent,
  CreateEvent,
  DeviceEvent,
  EventBody,
  ExportEvent,
  ImportEvent,
  JobEvent,
  JournalEvent,
  MapEvent,
  OpenEvent,
  RawEvent,
  RefusedEvent,
  SyncEvent,
} from "../workspace/journal.ts";
import type { ByteRange } from "../ffi/kernel.ts";
import { type RuleFinding, runRules } from "./check.ts";
import type { Rule } from "./rule.ts";

/** The script that test journals come from. */
export const SCRIPT = "test.boctl";

/** A journal; line numbers count the list from 1. */
export function journalOf(lines: readonly (EventBody | readonly EventBody[])[]): JournalEvent[] {
  const events: JournalEvent[] = [];
  lines.forEach((entry, i) => {
    const bodies: readonly EventBody[] = "kind" in entry ? [entry] : entry;
    for (const body of bodies) {
      const at = { file: SCRIPT, line: i + 1, command: body.kind };
      events.push({ ...body, seq: events.length, at });
    }
  });
  return events;
}

/** What a rule finds in a journal, in order. */
export function found(rule: Rule, journal: readonly JournalEvent[]): RuleFinding[] {
  const findings: RuleFinding[] = [];
  runRules([rule], journal, (finding) => void findings.push(finding));
  return findings.sort((a, b) => (a.events.at(-1) ?? 0) - (b.events.at(-1) ?? 0));
}

/** What a rule tells of a journal: `severity line N: message`. */
export function told(
  rule: Rule,
  lines: readonly (EventBody | readonly EventBody[])[],
): string[] {
  return found(rule, journalOf(lines)).map((finding) =>
    `${finding.severity ?? rule.severity} line ${finding.at.line}: ${finding.message}`
  );
}

/** A range of bytes. */
export function range(offset: number, length: number): ByteRange {
  return { offset, length };
}

export function opened(fields: Partial<OpenEvent> = {}): OpenEvent {
  return {
    kind: "open",
    device: "panthor",
    path: "/dev/dri/renderD128",
    driver: "panthor",
    version: "1.7",
    coherency: "non-coherent",
    ...fields,
  };
}

export function created(fields: Partial<CreateEvent> = {}): CreateEvent {
  return {
    kind: "create",
    buffer: "bo1",
    memory: "m1",
    device: "panthor",
    handle: 1,
    size: 4096,
    caching: "write-back",
    private: false,
    ...fields,
  };
}

export function allocated(fields: Partial<AllocateEvent> = {}): AllocateEvent {
  return {
    kind: "allocate",
    dmaBuf: "db1",
    memory: "m1",
    size: 4096,
    mode: "rw",
    from: "heap",
    caching: "write-back",
    ...fields,
  };
}

export function exported(fields: Partial<ExportEvent> = {}): ExportEvent {
  return {
    kind: "export",
    buffer: "bo1",
    memory: "m1",
    device: "panthor",
    dmaBuf: "db1",
    askedRdwr: true,
    mode: "rw",
    first: true,
    caching: "write-back",
    exporter: "panthor",
    ...fields,
  };
}

export function imported(fields: Partial<ImportEvent> = {}): ImportEvent {
  return {
    kind: "import",
    buffer: "bo2",
    memory: "m1",
    device: "display",
    dmaBuf: "db1",
    handle: 1,
    foreign: true,
    ...fields,
  };
}

export function mapped(fields: Partial<MapEvent> = {}): MapEvent {
  return {
    kind: "map",
    map: "map1",
    of: "db1",
    memory: "m1",
    via: "dma-buf",
    importThroughNode: false,
    writable: true,
    length: 4096,
    errno: 0,
    ...fields,
  };
}

function cpu(access: "read" | "write", offset: number, length: number): CpuEvent {
  return {
    kind: "cpu",
    access,
    map: "map1",
    of: "db1",
    memory: "m1",
    via: "dma-buf",
    caching: "write-back",
    coherency: "non-coherent",
    range: range(offset, length),
  };
}

/** A CPU read through a map of the dma-buf. */
export function reads(offset: number, length: number, fields: Partial<CpuEvent> = {}): CpuEvent {
  return { ...cpu("read", offset, length), ...fields };
}

/** A CPU write through a map of the dma-buf. */
export function writes(offset: number, length: number, fields: Partial<CpuEvent> = {}): CpuEvent {
  return { ...cpu("write", offset, length), ...fields };
}

/** A CPU write through a map of the buffer on its own node. */
export function nodeWrites(
  offset: number,
  length: number,
  fields: Partial<CpuEvent> = {},
): CpuEvent {
  return writes(offset, length, { of: "bo1", via: "node", ...fields });
}

/** A driver sync of one range that acts on what was asked. */
export function synced(
  offset: number,
  length: number,
  fields: Partial<SyncEvent> = {},
): SyncEvent {
  return {
    kind: "sync",
    of: "bo1",
    memory: "m1",
    device: "panthor",
    effect: "clean",
    asked: [range(offset, length)],
    touched: [range(offset, length)],
    caching: "write-back",
    ...fields,
  };
}

export function begins(
  access: BracketEvent["access"],
  fields: Partial<BracketEvent> = {},
): BracketEvent {
  return { kind: "bracket", edge: "begin", dmaBuf: "db1", memory: "m1", access, ...fields };
}

export function ends(
  access: BracketEvent["access"],
  fields: Partial<BracketEvent> = {},
): BracketEvent {
  return begins(access, { edge: "end", ...fields });
}

/** The device reads. */
export function deviceReads(
  offset: number,
  length: number,
  stale: readonly ByteRange[] = [],
  fields: Partial<DeviceEvent> = {},
): DeviceEvent {
  return {
    kind: "device",
    access: "read",
    of: "bo1",
    memory: "m1",
    device: "panthor",
    range: range(offset, length),
    stale,
    ...fields,
  };
}

/** The device writes. */
export function deviceWrites(
  offset: number,
  length: number,
  fields: Partial<DeviceEvent> = {},
): DeviceEvent {
  return deviceReads(offset, length, [], { access: "write", ...fields });
}

/** A job on the buffer begins or ends. */
export function job(edge: JobEvent["edge"], fields: Partial<JobEvent> = {}): JobEvent {
  return {
    kind: "job",
    edge,
    of: "bo1",
    memory: "m1",
    device: "panthor",
    access: "write",
    ...fields,
  };
}

/** The kernel refuses, with EINVAL. */
export function refused(
  what: RefusedEvent["what"],
  fields: Partial<RefusedEvent> = {},
): RefusedEvent {
  return {
    kind: "refused",
    what,
    of: "bo1",
    memory: "m1",
    device: "panthor",
    errno: 22,
    ...fields,
  };
}

/** A raw GEM_CLOSE that succeeds. */
export function gemClosed(handle: number, fields: Partial<RawEvent> = {}): RawEvent {
  return {
    kind: "ioctl",
    device: "panthor",
    name: "DRM_IOCTL_GEM_CLOSE",
    result: 0,
    handle,
    ...fields,
  };
}

/** What the simulator counted of a call; nothing, unless it is said. */
export function books(fields: Partial<Counted> = {}): Counted {
  return {
    linesTouched: 0,
    linesCleaned: 0,
    linesInVain: 0,
    dirtyBytesDiscarded: 0,
    pagesMoved: 0,
    ...fields,
  };
}

export function closed(what: CloseEvent["what"], name: string): CloseEvent {
  return { kind: "close", what, name, memory: "m1" };
}
