/**
 * Steps of a sequence of system calls that two kernels are asked to make. What a call gives has a
 * slot; later steps name the slot and each kernel's own value is used.
 *
 * @module
 */
import type { JsonValue } from "../ffi/json.ts";

/** A slot's number: the n-th thing of its kind that a sequence made or tried to make. */
export type Slot = number;
/** A slot, or a number that is the same on both sides: -1, a descriptor that was never opened. */
export type FdRef = { readonly slot: Slot } | { readonly fd: number };

/** A value in an ioctl's fields: a slot's descriptor or handle, JSON, or what is made of those. */
export type FieldValue =
  | { readonly fdOf: FdRef }
  | { readonly list: readonly FieldValue[] }
  | { readonly record: Readonly<Record<string, FieldValue>> }
  | { readonly handleOf: Slot }
  | { readonly json: JsonValue };

/** One call. */
export type Step =
  | { readonly do: "open"; readonly path: string; readonly flags: number; readonly to: Slot }
  | { readonly do: "close"; readonly fd: FdRef }
  | { readonly do: "dup"; readonly fd: FdRef; readonly to: Slot }
  | {
    readonly do: "ioctl";
    readonly fd: FdRef;
    /** `DRM_IOCTL_GEM_CLOSE`. */
    readonly name: string;
    readonly fields: Readonly<Record<string, FieldValue>>;
    /** Where a descriptor or a handle that it gives is kept; the field, or the call's own value. */
    readonly gives?: {
      readonly kind: "fd" | "handle" | "offset";
      readonly field: string;
      readonly to: Slot;
    };
  }
  | {
    readonly do: "raw";
    readonly fd: FdRef;
    readonly code: number;
    /** Bytes in hexadecimal, or an address. */
    readonly argument: { readonly hex: string } | { readonly address: string };
  }
  | {
    readonly do: "mmap";
    readonly fd: FdRef;
    readonly length: number;
    readonly prot: number;
    readonly flags: number;
    /** A slot's fake offset, with bytes added; or bytes. */
    readonly offset: { readonly offsetOf: Slot; readonly plus: number } | {
      readonly bytes: string;
    };
    readonly to: Slot;
  }
  | { readonly do: "read"; readonly map: Slot; readonly offset: number; readonly length: number }
  | { readonly do: "write"; readonly map: Slot; readonly offset: number; readonly hex: string }
  | {
    readonly do: "fill";
    readonly map: Slot;
    readonly offset: number;
    readonly length: number;
    readonly value: number;
  }
  | { readonly do: "unmap"; readonly map: Slot }
  | {
    readonly do: "fcntl";
    readonly fd: FdRef;
    readonly command: number;
    readonly argument: number;
  }
  | { readonly do: "fstat"; readonly fd: FdRef }
  | { readonly do: "fstatfs"; readonly fd: FdRef }
  | { readonly do: "fdinfo"; readonly fd: FdRef }
  | { readonly do: "lseek"; readonly fd: FdRef; readonly offset: string; readonly whence: number }
  | { readonly do: "poll"; readonly fd: FdRef; readonly events: number }
  | { readonly do: "ftruncate"; readonly fd: FdRef; readonly length: string }
  | { readonly do: "memfd"; readonly flags: number; readonly to: Slot };
