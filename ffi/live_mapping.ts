/**
 * Mapped memory of this machine, in two ways: `direct`, a view at the speed of C, and `copied`,
 * through the kernel, for memory that somebody else can take away (live_staging.ts).
 *
 * A fault cannot be caught: touching a page that is gone, or after munmap, ends the process in
 * silence. So views are detached before munmap, and protection is checked before a touch.
 *
 * @module
 */
import { PROT_READ, PROT_WRITE } from "./constants.ts";
import { errno } from "./errno.ts";
import type { Mapping, MappingAccess } from "./kernel.ts";
import type { Libc } from "./libc.ts";
import type { Staging } from "./live_staging.ts";

/** What a mapping is made of. */
export interface MappedRange {
  /** Where it starts. */
  readonly pointer: NonNullable<Deno.PointerValue>;
  /** In bytes. */
  readonly length: number;
  /** PROT_* bits. */
  readonly prot: number;
}

/** How bytes move between a mapping and an array: a view, or the kernel. */
interface Mover {
  read(offset: number, into: Uint8Array): number;
  write(offset: number, from: Uint8Array): number;
  fill(offset: number, length: number, value: number): number;
  /** Before munmap. */
  release(): void;
}

function directMover({ pointer, length }: MappedRange): Mover {
  const buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, length);
  const bytes = new Uint8Array(buffer);
  return {
    read(offset, into): number {
      into.set(bytes.subarray(offset, offset + into.length));
      return into.length;
    },
    write(offset, from): number {
      bytes.set(from, offset);
      return from.length;
    },
    fill(offset, count, value): number {
      bytes.fill(value, offset, offset + count);
      return count;
    },
    release(): void {
      buffer.transfer(0); // detaches: a stale view then reads undefined
    },
  };
}

function copiedMover({ pointer }: MappedRange, staging: Staging): Mover {
  const start = Deno.UnsafePointer.value(pointer);
  return {
    read: (offset, into) => staging.copyOut(start + BigInt(offset), into),
    write: (offset, from) => staging.copyIn(start + BigInt(offset), from),
    fill: (offset, count, value) => staging.fill(start + BigInt(offset), count, value),
    release: () => {},
  };
}

/** A mapping of the live kernel. */
export class LiveMapping implements Mapping {
  readonly length: number;
  readonly address: bigint;
  readonly prot: number;
  readonly #libc: Libc;
  readonly #range: MappedRange;
  #mover: Mover | undefined;

  /** Takes over `range`, which {@linkcode unmap} gives back. */
  constructor(libc: Libc, staging: Staging, range: MappedRange, access: MappingAccess) {
    this.length = range.length;
    this.address = Deno.UnsafePointer.value(range.pointer);
    this.prot = range.prot;
    this.#libc = libc;
    this.#range = range;
    this.#mover = access === "direct" ? directMover(range) : copiedMover(range, staging);
  }

  read(offset: number, into: Uint8Array): number {
    this.#check(offset, into.length);
    return this.prot & PROT_READ ? this.#mover?.read(offset, into) ?? 0 : 0;
  }

  write(offset: number, from: Uint8Array): number {
    this.#check(offset, from.length);
    return this.prot & PROT_WRITE ? this.#mover?.write(offset, from) ?? 0 : 0;
  }

  fill(offset: number, length: number, value: number): number {
    this.#check(offset, length);
    return this.prot & PROT_WRITE ? this.#mover?.fill(offset, length, value) ?? 0 : 0;
  }

  unmap(): number {
    if (this.#mover === undefined) return -errno.EINVAL;
    this.#mover.release();
    this.#mover = undefined;
    const result = this.#libc.munmap(this.#range.pointer, BigInt(this.length));
    return result < 0 ? -(this.#libc.errno[0] || errno.EINVAL) : 0;
  }

  /** A range beyond the mapping is a mistake of the caller, never a question for the kernel. */
  #check(offset: number, length: number): void {
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
    if (!whole || offset < 0 || length < 0 || offset + length > this.length) {
      throw new RangeError(
        `Range ${offset}:${length} is outside of a mapping of ${this.length} bytes`,
      );
    }
  }
}
