/** @module */
import type { Mapping } from "../ffi/kernel.ts";
import { WrappedMapping } from "../ffi/wrapped_kernel.ts";
import { IN_FULL, traceBytes } from "./_bytes.ts";
import type { TraceEntry } from "./format.ts";
import { formatTraceResult } from "./words.ts";

/** Bytes of one write up to which it is kept in full, as several entries. */
export const LONGEST_WRITE = 1 << 20;

/** One part of a write: its place in the bytes, and how much of it was done. */
export interface WrittenPart {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly done: number;
}

/**
 * A write in parts that a trace holds in full, so that it can be made again; the part that was cut
 * short is the last. A write beyond {@linkcode LONGEST_WRITE} is one part.
 */
export function writtenParts(bytes: Uint8Array, done: number): readonly WrittenPart[] {
  const step = bytes.length > LONGEST_WRITE ? bytes.length : IN_FULL;
  const parts: WrittenPart[] = [];
  let at = 0;
  do {
    const part = bytes.subarray(at, at + step);
    const here = Math.max(0, Math.min(part.length, done - at));
    parts.push({ at, bytes: part, done: here });
    if (here < part.length) break;
    at += step;
  } while (at < bytes.length);
  return parts;
}

/** A mapping whose accesses are recorded. */
export class RecordedMapping extends WrappedMapping {
  readonly #map: string;
  readonly #tell: (entry: TraceEntry) => void;
  readonly #unmapped: () => void;

  /** @param unmapped called when it is unmapped */
  constructor(
    inner: Mapping,
    map: string,
    tell: (entry: TraceEntry) => void,
    unmapped: () => void = () => {},
  ) {
    super(inner);
    this.#map = map;
    this.#tell = tell;
    this.#unmapped = unmapped;
  }

  override read(offset: number, into: Uint8Array): number {
    const done = super.read(offset, into);
    this.#tell({
      call: "map.read",
      map: this.#map,
      offset,
      length: into.length,
      bytes: traceBytes(into.subarray(0, done)),
      result: done,
    });
    return done;
  }

  override write(offset: number, from: Uint8Array): number {
    const done = super.write(offset, from);
    for (const part of writtenParts(from, done)) {
      this.#tell({
        call: "map.write",
        map: this.#map,
        offset: offset + part.at,
        length: part.bytes.length,
        bytes: traceBytes(part.bytes),
        result: part.done,
      });
    }
    return done;
  }

  override fill(offset: number, length: number, value: number): number {
    const result = super.fill(offset, length, value);
    this.#tell({ call: "map.fill", map: this.#map, offset, length, value, result });
    return result;
  }

  override unmap(): number {
    const result = super.unmap();
    if (result === 0) this.#unmapped();
    this.#tell({ call: "map.unmap", map: this.#map, result: formatTraceResult(result) });
    return result;
  }
}
