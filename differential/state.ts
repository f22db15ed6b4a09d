/**
 * What a sequence has made so far, as far as its steps know: slots by what is in them.
 *
 * @module
 */
import type { Random } from "./random.ts";
import type { FdRef, Slot } from "./step.ts";

/** What a descriptor is. */
export type FdKind = "node" | "dma-buf" | "memfd" | "heap" | "udmabuf" | "sync_file" | "syncobj";

/** A device node of the machine. */
export interface NodeProfile {
  readonly path: string;
  readonly driver: string;
}

/** A descriptor that a step asked for. */
export interface FdSlot {
  readonly slot: Slot;
  readonly kind: FdKind;
  /** Of a node. */
  readonly node?: NodeProfile;
  /** Of a dma-buf: the driver on whose node it was exported; absent: it was no buffer object. */
  readonly source?: string;
  /** Of a node: GET_MAGIC gave it one. */
  hasMagic?: boolean;
  open: boolean;
}

/** A GEM handle, of the open file that made it. */
export interface HandleSlot {
  readonly slot: Slot;
  readonly of: FdSlot;
  /** Bytes that were asked for. */
  readonly size: number;
  offset?: Slot;
  /** It was closed: its number may be another buffer's. */
  gone?: true;
}

export interface MapSlot {
  readonly slot: Slot;
  readonly length: number;
  readonly prot: number;
}

/** A step has nothing to work on: another one is made instead. */
export class NothingThere extends Error {
  override readonly name = "NothingThere";
}

/** What there is. */
export class State {
  readonly fds: FdSlot[] = [];
  readonly handles: HandleSlot[] = [];
  readonly maps: MapSlot[] = [];
  /** A fence may be pending: what waits would not come back in time. */
  fences = false;
  #slots = 0;

  next(): Slot {
    return ++this.#slots;
  }

  /** Descriptors of a kind that are open, as far as is known. */
  open(kind: FdKind): readonly FdSlot[] {
    return this.fds.filter((fd) => fd.open && fd.kind === kind);
  }

  /** What a descriptor is; undefined for none. */
  kindOf(ref: FdRef): FdKind | undefined {
    return "slot" in ref ? this.fds.find(({ slot }) => slot === ref.slot)?.kind : undefined;
  }

  /**
   * Mostly a descriptor of the kind; now and then another, a closed one, or none at all.
   * @throws {NothingThere}, mostly, where there is none of the kind
   */
  someFd(random: Random, kind: FdKind): FdRef {
    if (this.open(kind).length === 0 && !random.oneIn(10)) throw new NothingThere();
    if (random.oneIn(40)) {
      const closed = this.fds.filter((fd) => !fd.open);
      if (closed.length > 0 && random.oneIn(2)) return { slot: random.of(closed).slot };
      return { fd: random.of([-1, 0x3fff_fff0]) };
    }
    const fit = this.open(kind);
    const any = this.fds.filter((fd) => fd.open);
    const from = fit.length > 0 && !random.oneIn(25) ? fit : any;
    return from.length > 0 ? { slot: random.of(from).slot } : { fd: -1 };
  }
}
