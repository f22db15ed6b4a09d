/**
 * ioctl tables: a request code is derived from direction, type, number and the struct's size
 * (asm-generic/ioctl.h: direction << 30 | size << 16 | type << 8 | number; valid on x86-64 and
 * aarch64, not on mips, ppc, sparc or alpha).
 *
 * @module
 */
import type { Names, StructType } from "./struct.ts";

/** As the macros _IO, _IOW, _IOR and _IOWR say: W is what user space writes. */
export type Direction = "none" | "W" | "R" | "RW";
/** Which DRM nodes let the call through; "file" for ioctls of other files. */
export type Nodes = "both" | "primary" | "master" | "root" | "file";

/**
 * What a field holds that differs from run to run. `descriptor`: one of this process; `fake offset`:
 * what mmap takes for a buffer object; `deadline`: nanoseconds of CLOCK_MONOTONIC until when a call
 * waits, or a structure of seconds and nanoseconds; `time`: when something happened; `serial`: what a kernel or a host counts up for itself, or what a wait
 * left of its time-out; `address`: one of this process, in a mapping.
 */
export type FieldKind = "descriptor" | "fake offset" | "deadline" | "time" | "serial" | "address";

/** One ioctl. */
export interface IoctlDefinition<S extends StructType = StructType> {
  /** The constant's name in the header, e.g. DRM_IOCTL_PANTHOR_BO_SYNC. */
  readonly name: string;
  readonly direction: Direction;
  /** The type letter ('d') or number. */
  readonly type: string | number;
  readonly number: number;
  /** The argument's structure; null where it is a plain integer, a raw pointer or nothing. */
  readonly struct: S | null;
  /** What a null struct stands for. */
  readonly plain?: "none" | "integer" | "string" | "u32";
  /** Argument size in the code, where it is not the struct's (plain arguments, flexible arrays). */
  readonly size?: number;
  readonly nodes: Nodes;
  /** Fields whose values differ from run to run, by path; lists on the way are gone through. */
  readonly varies?: Readonly<Record<string, FieldKind>>;
  /** Its result is a new descriptor. */
  readonly givesDescriptor?: true;
  /** First kernel release known to have it, as far as established; absent = 6.1 has it. */
  readonly since?: string;
  /** Said in help: what upsets kernels, what is disabled. */
  readonly note?: string;
  readonly code: number;
}

/** One header's ioctls, structures and constants. */
export interface UapiTable {
  /** The section's name: a DRM driver's VERSION name (panthor, virtio_gpu), or drm, dma-buf, … */
  readonly name: string;
  /** The fixture's section where it is named differently (virtgpu). */
  readonly section: string;
  /** Header file below include/uapi/. */
  readonly header: string;
  readonly ioctls: Readonly<Record<string, IoctlDefinition>>;
  readonly structs: Readonly<Record<string, StructType>>;
  readonly constants: Names;
  /**
   * Names of calls that the header has and the table leaves out. A table with it may leave out
   * structures and constants as well; one without has all.
   */
  readonly leavesOut?: RegExp;
}

const directionBits: Record<Direction, number> = { none: 0, W: 1, R: 2, RW: 3 };

/** The request code, unsigned. */
export function requestCode(
  direction: Direction,
  type: string | number,
  number: number,
  size: number,
): number {
  const letter = typeof type === "string" ? type.charCodeAt(0) : type;
  return ((directionBits[direction] << 30) | (size << 16) | (letter << 8) | number) >>> 0;
}

/** The fields of a request code; `size` in bytes. */
export function splitRequest(
  code: number,
): { direction: Direction; type: number; number: number; size: number } {
  const bits = code >>> 30;
  const direction = (["none", "W", "R", "RW"] as const)[bits] ?? "none";
  return {
    direction,
    size: (code >>> 16) & 0x3fff,
    type: (code >>> 8) & 0xff,
    number: code & 0xff,
  };
}

/** Completes a definition with its code. */
export function ioctl<S extends StructType>(
  definition: Omit<IoctlDefinition<S>, "code" | "struct"> & { struct: S },
): IoctlDefinition<S> & { readonly struct: S };
export function ioctl(
  definition: Omit<IoctlDefinition, "code" | "struct"> & { struct: null; size: number },
): IoctlDefinition;
export function ioctl(definition: Omit<IoctlDefinition, "code">): IoctlDefinition {
  const size = definition.size ?? definition.struct?.size ?? 0;
  return {
    ...definition,
    code: requestCode(definition.direction, definition.type, definition.number, size),
  };
}
