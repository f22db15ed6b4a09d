/**
 * The journal: what happened to buffers, in order, as data. Rules of `policy/` are pure functions
 * over it, so that they judge a running workspace, a script and a recorded trace alike.
 *
 * Buffers are told apart by `memory`, an identity of the memory itself that survives export and
 * import within one workspace and is never given to other memory: see `workspace/memories.ts`.
 *
 * @module
 */
import type { Books, ByteRange } from "../ffi/kernel.ts";
import type { Caching, Coherency } from "../drivers/driver.ts";

/** Where a command stood: a script's line and column, 1-based, or the command line. */
export interface Source {
  readonly file?: string;
  readonly line?: number;
  /** The command as it was written. */
  readonly command: string;
}

interface Common {
  /** Position in the journal, from 0. */
  readonly seq: number;
  readonly at: Source;
}

/** A device was opened. */
export interface OpenEvent {
  readonly kind: "open";
  readonly device: string;
  readonly path: string;
  readonly driver: string;
  readonly version: string;
  readonly coherency: Coherency;
  /** Bytes of a line of the CPU's caches, where it is known: on the simulator. */
  readonly lineBytes?: number;
}
/** A buffer object was created. Sizes in bytes. */
export interface CreateEvent {
  readonly kind: "create";
  readonly buffer: string;
  readonly memory: string;
  readonly device: string;
  readonly handle: number;
  readonly size: number;
  readonly caching: Caching;
  readonly private: boolean;
}
/** A dma-buf came from a heap, udmabuf or another process. */
export interface AllocateEvent {
  readonly kind: "allocate";
  readonly dmaBuf: string;
  readonly memory: string;
  readonly size: number;
  readonly mode: "ro" | "rw";
  readonly from: "heap" | "udmabuf" | "descriptor";
  readonly caching: Caching;
}
/** A buffer was exported. `mode` is what the dma-buf's file has, not what was asked. */
export interface ExportEvent {
  readonly kind: "export";
  readonly buffer: string;
  readonly memory: string;
  readonly device: string;
  readonly dmaBuf: string;
  readonly askedRdwr: boolean;
  readonly mode: "ro" | "rw";
  /** Whether the memory had no living dma-buf of this workspace before. */
  readonly first: boolean;
  readonly caching: Caching;
  /** `exp_name` of the dma-buf: a driver with begin and end hooks, or "drm" for one without. */
  readonly exporter: string;
}
/** A dma-buf was imported. `foreign`: the importer is not the device that made the buffer. */
export interface ImportEvent {
  readonly kind: "import";
  readonly buffer: string;
  readonly memory: string;
  readonly device: string;
  readonly dmaBuf: string;
  readonly handle: number;
  readonly foreign: boolean;
  /** Another name of the same open file had this handle already. */
  readonly sameHandleAs?: string;
}
/** A mapping was asked for; `errno` is 0 where it was made. */
export interface MapEvent {
  readonly kind: "map";
  readonly map: string;
  /** The name that was mapped. */
  readonly of: string;
  readonly memory: string;
  readonly via: "node" | "dma-buf";
  /** Whether it is an import that is mapped through its importer's node. */
  readonly importThroughNode: boolean;
  readonly writable: boolean;
  /** Mode of the dma-buf behind it, where there is one. */
  readonly mode?: "ro" | "rw";
  readonly length: number;
  readonly errno: number;
}
/** The CPU read or wrote through a mapping. */
export interface CpuEvent {
  readonly kind: "cpu";
  readonly access: "read" | "write";
  readonly map: string;
  readonly of: string;
  readonly memory: string;
  readonly via: "node" | "dma-buf";
  readonly caching: Caching;
  readonly coherency: Coherency;
  readonly range: ByteRange;
}
/** Counts of one call, of {@linkcode Books}. */
export type Counted = Pick<
  Books,
  "linesTouched" | "linesCleaned" | "linesInVain" | "dirtyBytesDiscarded" | "pagesMoved"
>;
/** A driver's cache maintenance call, successful. */
export interface SyncEvent {
  readonly kind: "sync";
  readonly of: string;
  readonly memory: string;
  readonly device: string;
  readonly effect: "clean" | "clean-invalidate" | "invalidate" | "copy" | "wait" | "none";
  /** What the user asked for. */
  readonly asked: readonly ByteRange[];
  /** What the interface acted on. */
  readonly touched: readonly ByteRange[];
  readonly caching: Caching;
  /** What the simulator counted. */
  readonly books?: Counted;
}
/** DMA_BUF_IOCTL_SYNC START (begin) or END, successful. */
export interface BracketEvent {
  readonly kind: "bracket";
  readonly edge: "begin" | "end";
  readonly dmaBuf: string;
  readonly memory: string;
  readonly access: "r" | "w" | "rw";
  /** What the simulator counted. */
  readonly books?: Counted;
}
/** The device's side of an access, on the simulator. `stale` are bytes that were not the newest. */
export interface DeviceEvent {
  readonly kind: "device";
  readonly access: "read" | "write";
  readonly of: string;
  readonly memory: string;
  readonly device: string;
  readonly range: ByteRange;
  readonly stale: readonly ByteRange[];
}
/** A job of a device on a buffer began or ended, on the simulator: between the two it runs. */
export interface JobEvent {
  readonly kind: "job";
  readonly edge: "begin" | "end";
  readonly of: string;
  readonly memory: string;
  readonly device: string;
  readonly access: "read" | "write";
}
/** The kernel refused what a command asked for. */
export interface RefusedEvent {
  readonly kind: "refused";
  readonly what: "create" | "export" | "import" | "sync" | "bracket";
  /** The buffer or dma-buf; the device of a creation. */
  readonly of: string;
  readonly memory?: string;
  readonly device?: string;
  /** Positive. */
  readonly errno: number;
  /** Of a creation, what was asked for; of an existing buffer, what it is. */
  readonly cached?: boolean;
  readonly private?: boolean;
  readonly noMmap?: boolean;
  /** That it grows as the GPU faults (panfrost, lima). */
  readonly heap?: boolean;
  readonly imported?: boolean;
}
/** A name was let go by a command. */
export interface CloseEvent {
  readonly kind: "close";
  readonly what: "device" | "buffer" | "dma-buf" | "mapping";
  readonly name: string;
  readonly memory?: string;
}
/** A raw `ioctl` command. */
export interface RawEvent {
  readonly kind: "ioctl";
  readonly device: string;
  readonly name: string;
  /** 0 or -errno or the call's value. */
  readonly result: number;
  /** The GEM handle that it named, where it named one. */
  readonly handle?: number;
}

export type EventBody =
  | OpenEvent
  | CreateEvent
  | AllocateEvent
  | ExportEvent
  | ImportEvent
  | MapEvent
  | CpuEvent
  | SyncEvent
  | BracketEvent
  | DeviceEvent
  | JobEvent
  | RefusedEvent
  | CloseEvent
  | RawEvent;
/** One entry. */
export type JournalEvent = EventBody & Common;

/** Hears of a journal as it grows, to keep it elsewhere. */
export interface JournalListener {
  added(event: JournalEvent): void;
  /** What was and will be noted as `from` is `to`. */
  renamed(from: string, to: string): void;
}

/** An append-only journal; `at` of new entries is where the current command stands. */
export class Journal {
  readonly #events: JournalEvent[] = [];
  readonly #renamed = new Map<string, string>();
  /** Positions of each kind's entries: in a long script most entries are accesses. */
  readonly #positions = new Map<JournalEvent["kind"], number[]>();
  /** Set by whoever runs commands. */
  at: Source = { command: "" };
  /** Hears of each entry once it is in; what it throws ends the command. */
  listener: JournalListener | undefined;

  get events(): readonly JournalEvent[] {
    return this.#events;
  }

  /** The entries of some kinds, in order, found without reading the others. */
  *ofKinds<K extends JournalEvent["kind"]>(
    ...kinds: readonly K[]
  ): Generator<Extract<JournalEvent, { readonly kind: K }>> {
    const positions = kinds.flatMap((kind) => this.#positions.get(kind) ?? []);
    for (const position of positions.sort((a, b) => a - b)) {
      yield this.#events[position] as Extract<JournalEvent, { readonly kind: K }>;
    }
  }

  add(body: EventBody): JournalEvent {
    const event = { ...this.#resolved(body), seq: this.#events.length, at: this.at };
    const positions = this.#positions.get(body.kind);
    if (positions === undefined) this.#positions.set(body.kind, [event.seq]);
    else positions.push(event.seq);
    this.#events.push(event);
    this.listener?.added(event);
    return event;
  }

  /** The identity that memory has now, where it was noted under another. */
  resolve(memory: string): string {
    return this.#renamed.get(memory) ?? memory;
  }

  #resolved<T extends EventBody>(event: T): T {
    return "memory" in event && event.memory !== undefined
      ? { ...event, memory: this.resolve(event.memory) }
      : event;
  }

  /** Two identities turn out to be one memory: what was and will be noted as `from` is `to`. */
  rename(from: string, to: string): void {
    for (const [before, after] of this.#renamed) if (after === from) this.#renamed.set(before, to);
    this.#renamed.set(from, to);
    this.#events.forEach((event, i) => {
      this.#events[i] = this.#resolved(event);
    });
    this.listener?.renamed(from, to);
  }
}
