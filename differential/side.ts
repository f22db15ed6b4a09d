/**
 * One of two kernels that make the same calls, and what it has open.
 *
 * @module
 */
import { findIoctl } from "../ffi/find_ioctl.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { describe } from "../ffi/describe.ts";
import type { Argument, Kernel, Mapping } from "../ffi/kernel.ts";
import { parseRequest } from "../ffi/parse_fields.ts";
import type { TraceEntry } from "../trace/format.ts";
import { RecordingKernel } from "../trace/record.ts";
import type { FdRef, FieldValue, Slot, Step } from "./step.ts";

/** A descriptor that no process has. */
const NO_DESCRIPTOR = 0x3fff_fff0;
/** An offset and a handle that nothing has. */
const NO_OFFSET = 0x7fff_f000_0000n;
const NO_HANDLE = 0x7fff;
/** Calls between two that a signal may have interrupted. */
const TRIES = 50;

function integerAt(values: JsonValue, path: string): bigint | undefined {
  let at: JsonValue | undefined = values;
  for (const name of path.split(".")) at = at !== undefined && isRecord(at) ? at[name] : undefined;
  if (at !== undefined && isRecord(at)) at = at["raw"];
  if (typeof at === "number" || (typeof at === "string" && /^-?(0x[0-9a-f]+|\d+)$/.test(at))) {
    return BigInt(at);
  }
  return undefined;
}

/** A kernel, the calls made on it as entries of a trace, and its slots. */
export class Side {
  readonly #kernel: RecordingKernel;
  readonly #fds = new Map<Slot, number>();
  readonly #handles = new Map<Slot, number>();
  readonly #offsets = new Map<Slot, bigint>();
  readonly #maps = new Map<Slot, Mapping>();
  #told: TraceEntry | undefined;

  /** Does not take the kernel over. */
  constructor(kernel: Kernel) {
    this.#kernel = new RecordingKernel(kernel, (entry) => {
      this.#told = entry;
    });
  }

  /** Makes a call; what came of it, or nothing where a slot that it needs is empty. */
  make(step: Step): TraceEntry | undefined {
    for (let i = 0; i < TRIES; i++) {
      this.#told = undefined;
      this.#do(step);
      if (this.#told !== undefined || ("map" in step && !this.#maps.has(step.map))) break;
    }
    return this.#told;
  }

  /** Lets everything go. */
  close(): void {
    for (const map of this.#maps.values()) map.unmap();
    this.#maps.clear();
    for (const fd of this.#fds.values()) this.#kernel.close(fd);
    this.#fds.clear();
  }

  #fd(ref: FdRef): number {
    return "fd" in ref ? ref.fd : this.#fds.get(ref.slot) ?? NO_DESCRIPTOR;
  }

  #keepFd(to: Slot, fd: number): void {
    if (fd >= 0) this.#fds.set(to, fd);
  }

  /** A closed descriptor's number may become another's: no slot has it any more. */
  #forgetFd(fd: number): void {
    for (const [slot, value] of this.#fds) if (value === fd) this.#fds.delete(slot);
  }

  #value(value: FieldValue): JsonValue {
    if ("fdOf" in value) return this.#fd(value.fdOf);
    if ("handleOf" in value) return this.#handles.get(value.handleOf) ?? NO_HANDLE;
    if ("list" in value) return value.list.map((one) => this.#value(one));
    if ("record" in value) return this.#record(value.record);
    return value.json;
  }

  #record(fields: Readonly<Record<string, FieldValue>>): { [name: string]: JsonValue } {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, this.#value(value)]),
    );
  }

  #ioctl(step: Step & { do: "ioctl" }): void {
    const { definition } = findIoctl(step.name);
    const fields = this.#record(step.fields);
    const { code, argument } = parseRequest(
      definition,
      "argument" in fields ? fields["argument"] ?? null : fields,
    );
    const result = this.#kernel.ioctl(this.#fd(step.fd), code, argument);
    if (step.gives === undefined || result < 0) return;
    const { kind, field, to } = step.gives;
    const value = field === "" ? BigInt(result) : integerAt(describe(definition, argument), field);
    if (value === undefined) return;
    if (kind === "fd") this.#keepFd(to, Number(value));
    else if (kind === "handle") this.#handles.set(to, Number(value));
    else this.#offsets.set(to, value);
  }

  #do(step: Step): void {
    const kernel = this.#kernel;
    switch (step.do) {
      case "open":
        return this.#keepFd(step.to, kernel.open(step.path, step.flags));
      case "close": {
        const fd = this.#fd(step.fd);
        kernel.close(fd);
        return this.#forgetFd(fd);
      }
      case "dup":
        return this.#keepFd(step.to, kernel.dup(this.#fd(step.fd)));
      case "ioctl":
        return this.#ioctl(step);
      case "raw": {
        const argument: Argument = "hex" in step.argument
          ? { bytes: Uint8Array.fromHex(step.argument.hex) }
          : BigInt(step.argument.address);
        kernel.ioctl(this.#fd(step.fd), step.code, argument);
        return;
      }
      case "mmap": {
        const { length, prot, flags, offset, to } = step;
        const at = "bytes" in offset
          ? BigInt(offset.bytes)
          : (this.#offsets.get(offset.offsetOf) ?? NO_OFFSET) + BigInt(offset.plus);
        const map = kernel.mmap(length, prot, flags, this.#fd(step.fd), at, "copied");
        if (typeof map !== "number") this.#maps.set(to, map);
        return;
      }
      case "read":
        this.#maps.get(step.map)?.read(step.offset, new Uint8Array(step.length));
        return;
      case "write":
        this.#maps.get(step.map)?.write(step.offset, Uint8Array.fromHex(step.hex));
        return;
      case "fill":
        this.#maps.get(step.map)?.fill(step.offset, step.length, step.value);
        return;
      case "unmap":
        this.#maps.get(step.map)?.unmap();
        this.#maps.delete(step.map);
        return;
      case "fcntl":
        kernel.fcntl(this.#fd(step.fd), step.command, step.argument);
        return;
      case "fstat":
        kernel.fstat(this.#fd(step.fd));
        return;
      case "fstatfs":
        kernel.fstatfs(this.#fd(step.fd));
        return;
      case "fdinfo":
        kernel.readText(`/proc/self/fdinfo/${this.#fd(step.fd)}`);
        return;
      case "lseek":
        kernel.lseek(this.#fd(step.fd), BigInt(step.offset), step.whence);
        return;
      case "poll":
        kernel.poll([{ fd: this.#fd(step.fd), events: step.events, revents: 0 }], 0);
        return;
      case "ftruncate":
        kernel.ftruncate(this.#fd(step.fd), BigInt(step.length));
        return;
      case "memfd":
        return this.#keepFd(step.to, kernel.memfdCreate("differential", step.flags));
    }
  }
}
