/**
 * Recorded system calls: JSON Lines, the first line a {@linkcode TraceHeader}, each further one a
 * {@linkcode TraceEntry}. Version 1.
 *
 * What differs from run to run has a name in place of its value, given in the order of first
 * appearance: descriptors `f1`, mappings `m1`, fake mmap offsets `o1`, inode numbers `i1`, mount and
 * client ids `n1`. A name is never used again for another thing; a closed descriptor keeps its name.
 * Times are not recorded, so that the same script on the same simulated board gives the same bytes:
 * a deadline is `now+20ms`, counted from the call, and a time that came back is `time`. GEM handles,
 * VM numbers and fences stay numbers: they start from 1 in every open file. An address is that of a
 * mapping and the bytes from its start: `m1`, `m1+64`.
 *
 * Entries are in the order of the calls. `result` is the value that the call returned, a name where
 * the value is one, or the errno's name (`EINVAL`).
 *
 * @module
 */
import type { JsonValue } from "../ffi/json.ts";
import type { EventBody } from "../workspace/journal.ts";

/** The version that this code writes and reads. */
export const TRACE_VERSION = 1;

/** The first line. */
export interface TraceHeader {
  readonly "boctl-trace": typeof TRACE_VERSION;
  /** Version of boctl that wrote it. */
  readonly boctl: string;
  /** Whose answers these are. */
  readonly on: {
    readonly backend: "live" | "sim";
    /** `live`, or `sim:BOARD`. */
    readonly kernel: string;
    readonly release: string;
    readonly arch: string;
    /** Bytes. */
    readonly pageSize: number;
  };
  /** What identifies the machine, as the data of `boctl devices`; of `attest`. */
  readonly board?: Readonly<Record<string, unknown>>;
}

/** A descriptor's name, `f1`; or a number where it was never opened in the trace (-1, a stranger's). */
export type FdName = string | number;
/** A number, a name of {@linkcode FdName} or a mapping, or an errno's name. */
export type TraceResult = number | string;

/** Which device a node belongs to, so that another machine's node can stand in for it. */
export interface NodeName {
  /** As DRM_IOCTL_VERSION tells, or the name of a driver with a device of its own. */
  readonly driver: string;
  /** `major.minor` of the driver. */
  readonly version: string;
  readonly kind: "primary" | "render" | "misc";
  /** Which of the machine's nodes of that driver and kind, by minor number, from 0. */
  readonly index: number;
}

/** A buffer's handle; of a device whose handles are addresses, the mapping at it: `m1`. */
export type TraceHandle = number | string;

/** Bytes that were read or written: hexadecimal, or above 4096 bytes their SHA-256. */
export type TraceBytes = { readonly hex: string } | { readonly sha256: string };

/**
 * What a command of boctl asked, and where it stands in a script: the calls that follow are its.
 * It is no system call.
 */
export interface CommandEntry {
  readonly call: "command";
  /** Its words, as a line of a script. */
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

/** Two identities turned out to be one memory: what was and will be noted as `from` is `to`. */
export interface SameMemoryEvent {
  readonly kind: "same-memory";
  readonly from: string;
  readonly to: string;
}

/**
 * What boctl noted in its journal, for the rules of `policy/` to judge: it happened in the calls of
 * the command before it. It is no system call.
 */
export interface EventEntry {
  readonly call: "event";
  readonly event: EventBody | SameMemoryEvent;
  /** Its command, where it is not the last one before it: a session waits in one and runs others. */
  readonly at?: { readonly text: string; readonly file?: string; readonly line?: number };
}

/** What boctl says of the calls around it. */
export type NoteEntry = CommandEntry | EventEntry;

/** Whether an entry is no call. */
export function isNote(entry: TraceEntry): entry is NoteEntry {
  return entry.call === "command" || entry.call === "event";
}

/** One call on the seam: the methods of `Kernel`, of `Mapping` (`map.*`) and of `DeviceSide` (`device.*`). */
export type TraceEntry =
  | NoteEntry
  | {
    readonly call: "open";
    readonly path: string;
    /** `O_RDWR|O_CLOEXEC`; numbers without a name in hexadecimal. */
    readonly flags: string;
    readonly result: TraceResult;
    /** Of device nodes that were opened. */
    readonly node?: NodeName;
  }
  | { readonly call: "close"; readonly fd: FdName; readonly result: TraceResult }
  | {
    readonly call: "ioctl";
    readonly fd: FdName;
    /** `DRM_IOCTL_PANTHOR_BO_CREATE`; absent where no table has the code. */
    readonly name?: string;
    /** The request code in hexadecimal. */
    readonly code: string;
    /** The argument as it was passed: fields, `hex:…` without a table, or an address (`0x0`). */
    readonly in: JsonValue;
    /** As it came back; absent where it came back as it was. */
    readonly out?: JsonValue;
    readonly result: TraceResult;
  }
  | {
    readonly call: "mmap";
    readonly fd: FdName;
    /** Bytes. */
    readonly length: number;
    /** `PROT_READ|PROT_WRITE`. */
    readonly prot: string;
    /** `MAP_SHARED`. */
    readonly flags: string;
    /** A fake offset's name, an address in a mapping (`m1`), or bytes in decimal. */
    readonly offset: string;
    readonly access: "direct" | "copied";
    readonly result: TraceResult;
  }
  | {
    readonly call: "map.read" | "map.write";
    readonly map: string;
    readonly offset: number;
    /** Bytes that were asked for. */
    readonly length: number;
    /** Those that were read or were to be written. */
    readonly bytes: TraceBytes;
    /** Bytes done. */
    readonly result: TraceResult;
  }
  | {
    readonly call: "map.fill";
    readonly map: string;
    readonly offset: number;
    readonly length: number;
    /** 0 to 255. */
    readonly value: number;
    readonly result: TraceResult;
  }
  | { readonly call: "map.unmap"; readonly map: string; readonly result: TraceResult }
  | { readonly call: "dup"; readonly fd: FdName; readonly result: TraceResult }
  | {
    readonly call: "fcntl";
    readonly fd: FdName;
    /** `F_GETFL`. */
    readonly command: string;
    readonly argument: number;
    readonly result: TraceResult;
  }
  | {
    readonly call: "fstat" | "stat";
    /** Of fstat. */
    readonly fd?: FdName;
    /** Of stat. */
    readonly path?: string;
    /** Where it succeeded; sizes in bytes, in decimal; `inode` a name. */
    readonly stat?: Readonly<Record<string, JsonValue>>;
    readonly result: TraceResult;
  }
  | { readonly call: "fstatfs"; readonly fd: FdName; readonly result: TraceResult }
  | {
    readonly call: "lseek";
    readonly fd: FdName;
    readonly offset: string;
    /** `SEEK_END`. */
    readonly whence: string;
    readonly result: TraceResult;
  }
  | {
    readonly call: "poll";
    /** Events as `POLLIN|POLLOUT`; `revents` as they came back. */
    readonly entries: readonly {
      readonly fd: FdName;
      readonly events: string;
      readonly revents: string;
    }[];
    readonly timeoutMs: number;
    readonly result: TraceResult;
  }
  | {
    readonly call: "ftruncate";
    readonly fd: FdName;
    readonly length: string;
    readonly result: TraceResult;
  }
  | {
    readonly call: "memfd_create";
    readonly name: string;
    readonly flags: string;
    readonly result: TraceResult;
  }
  | {
    /** Looking around: no part of what is reproduced, except `/proc/self/fdinfo/FD`. */
    readonly call: "readText" | "readDirectory" | "readLink";
    /** A descriptor's number in it is its name: `/proc/self/fdinfo/f3`. */
    readonly path: string;
    /** Where it succeeded; inode numbers and mount ids in fdinfo are names, too. */
    readonly text?: string;
    readonly names?: readonly string[];
    readonly result: TraceResult;
  }
  | {
    readonly call: "device.read" | "device.write";
    readonly fd: FdName;
    readonly handle: TraceHandle;
    readonly offset: number;
    readonly length: number;
    readonly bytes?: TraceBytes;
    readonly result: TraceResult;
  }
  | {
    readonly call: "device.begin";
    readonly fd: FdName;
    readonly handle: TraceHandle;
    readonly access: "read" | "write";
    readonly result: TraceResult;
  }
  | {
    readonly call: "device.end";
    readonly fd: FdName;
    readonly handle: TraceHandle;
    readonly result: TraceResult;
  }
  | {
    /** What the simulator alone knows: stale ranges, the books. */
    readonly call: "device.stale" | "device.books";
    readonly fd: FdName;
    readonly handle: TraceHandle;
    readonly offset?: number;
    readonly length?: number;
    readonly data?: JsonValue;
    readonly result: TraceResult;
  };

/** The name of a call. */
export type TraceCall = TraceEntry["call"];
