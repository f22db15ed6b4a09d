/** @module */
import type { Books, ByteRange, DeviceSide, JobAccess } from "../ffi/kernel.ts";
import { traceBytes } from "./_bytes.ts";
import type { FdName, TraceEntry } from "./format.ts";
import { writtenParts } from "./record_mapping.ts";
import { formatTraceResult } from "./words.ts";

/** A device's side whose accesses are recorded. */
export class RecordedDevice implements DeviceSide {
  readonly #inner: DeviceSide;
  readonly #fd: (fd: number) => FdName;
  readonly #handle: (handle: number) => number | string;
  readonly #tell: (entry: TraceEntry) => void;

  constructor(
    inner: DeviceSide,
    fd: (fd: number) => FdName,
    handle: (handle: number) => number | string,
    tell: (entry: TraceEntry) => void,
  ) {
    this.#inner = inner;
    this.#fd = fd;
    this.#handle = handle;
    this.#tell = tell;
  }

  get lineBytes(): number {
    return this.#inner.lineBytes;
  }

  read(
    fd: number,
    handle: number,
    offset: number,
    length: number,
  ): Uint8Array<ArrayBuffer> | number {
    const bytes = this.#inner.read(fd, handle, offset, length);
    const failed = typeof bytes === "number";
    this.#tell({
      call: "device.read",
      fd: this.#fd(fd),
      handle: this.#handle(handle),
      offset,
      length,
      ...(failed ? {} : { bytes: traceBytes(bytes) }),
      result: failed ? formatTraceResult(bytes) : bytes.length,
    });
    return bytes;
  }

  write(fd: number, handle: number, offset: number, bytes: Uint8Array): number {
    const done = this.#inner.write(fd, handle, offset, bytes);
    for (const part of writtenParts(bytes, done)) {
      this.#tell({
        call: "device.write",
        fd: this.#fd(fd),
        handle: this.#handle(handle),
        offset: offset + part.at,
        length: part.bytes.length,
        bytes: traceBytes(part.bytes),
        result: done < 0 ? formatTraceResult(done) : part.done,
      });
    }
    return done;
  }

  begin(fd: number, handle: number, access: JobAccess): number {
    const result = this.#inner.begin(fd, handle, access);
    this.#tell({
      call: "device.begin",
      fd: this.#fd(fd),
      handle: this.#handle(handle),
      access,
      result: formatTraceResult(result),
    });
    return result;
  }

  end(fd: number, handle: number): number {
    const result = this.#inner.end(fd, handle);
    this.#tell({
      call: "device.end",
      fd: this.#fd(fd),
      handle: this.#handle(handle),
      result: formatTraceResult(result),
    });
    return result;
  }

  stale(fd: number, handle: number, offset: number, length: number): readonly ByteRange[] | number {
    const ranges = this.#inner.stale(fd, handle, offset, length);
    const failed = typeof ranges === "number";
    this.#tell({
      call: "device.stale",
      fd: this.#fd(fd),
      handle: this.#handle(handle),
      offset,
      length,
      ...(failed ? {} : { data: ranges.map((range) => ({ ...range })) }),
      result: failed ? formatTraceResult(ranges) : 0,
    });
    return ranges;
  }

  books(fd: number, handle: number): Books | number {
    const books = this.#inner.books(fd, handle);
    const failed = typeof books === "number";
    this.#tell({
      call: "device.books",
      fd: this.#fd(fd),
      handle: this.#handle(handle),
      ...(failed ? {} : { data: { ...books } }),
      result: failed ? formatTraceResult(books) : 0,
    });
    return books;
  }
}
