import { PROT_READ, PROT_WRITE } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import type { Mapping } from "../ffi/kernel.ts";
import type { VmArea } from "./vm_area.ts";

/** Where a mapping lies and what it may; addresses are made up, and distinct. */
export interface MappingPlace {
  readonly address: bigint;
  readonly addressEnd: bigint;
  /** MAP_SHARED. */
  readonly shared: boolean;
}

/** A mapping of simulated memory. Accesses go through the caches as its area says. */
export class SimMapping implements Mapping {
  readonly length: number;
  readonly prot: number;
  readonly area: VmArea;
  readonly #place: MappingPlace;
  readonly #unmapped: (mapping: SimMapping) => void;
  #live = true;

  /** @param unmapped called once, when it is unmapped */
  constructor(
    area: VmArea,
    length: number,
    prot: number,
    place: MappingPlace,
    unmapped: (mapping: SimMapping) => void,
  ) {
    this.area = area;
    this.length = length;
    this.prot = prot;
    this.#place = place;
    this.#unmapped = unmapped;
  }

  get address(): bigint {
    return this.#place.address;
  }
  get addressEnd(): bigint {
    return this.#place.addressEnd;
  }
  /** As /proc/self/maps shows them: `rw-s`. */
  get permissions(): string {
    const r = (this.prot & PROT_READ) !== 0 ? "r" : "-";
    const w = (this.prot & PROT_WRITE) !== 0 ? "w" : "-";
    return `${r}${w}-${this.#place.shared ? "s" : "p"}`;
  }

  /** How many bytes of an access can be done, 0 where the protection forbids it. */
  #reach(offset: number, length: number, wanted: number): number {
    const end = offset + length;
    const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 &&
      length >= 0 && end <= this.length;
    if (!inside) {
      throw new RangeError(
        `Cannot touch ${length} bytes at ${offset} of a mapping of ${this.length} bytes`,
      );
    }
    if (!this.#live || (this.prot & wanted) === 0) return 0;
    const { area } = this;
    const start = area.start + offset;
    if (area.accessible !== undefined) return area.accessible(start, length);
    return Math.max(0, Math.min(length, area.memory.bytes - start));
  }

  read(offset: number, into: Uint8Array): number {
    const done = this.#reach(offset, into.length, PROT_READ);
    const { memory, caching, start } = this.area;
    if (done > 0) {
      this.area.fault?.(start + offset, done);
      memory.readCpu(caching, start + offset, into.subarray(0, done));
    }
    return done;
  }

  write(offset: number, from: Uint8Array): number {
    const done = this.#reach(offset, from.length, PROT_WRITE);
    const { memory, caching, start } = this.area;
    if (done > 0) {
      this.area.fault?.(start + offset, done);
      this.area.beforeWrite?.(start + offset, done);
      memory.writeCpu(caching, start + offset, from.subarray(0, done));
    }
    return done;
  }

  fill(offset: number, length: number, value: number): number {
    const done = this.#reach(offset, length, PROT_WRITE);
    const { memory, caching, start } = this.area;
    if (done > 0) {
      this.area.fault?.(start + offset, done);
      this.area.beforeWrite?.(start + offset, done);
      memory.fillCpu(caching, start + offset, done, value);
    }
    return done;
  }

  unmap(): number {
    if (!this.#live) return -errno.EINVAL;
    this.#live = false;
    this.#unmapped(this);
    this.area.close();
    return 0;
  }
}
