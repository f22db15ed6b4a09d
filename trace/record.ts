/**
 * Recording: every system call of a kernel as an entry of a trace, in the form of `format.ts`.
 *
 * @module
 */
import { F_DUPFD_CLOEXEC, MFD_CLOEXEC, O_CLOEXEC } from "../ffi/constants.ts";
import { describe, type Half } from "../ffi/describe.ts";
import { errno } from "../ffi/errno.ts";
import { type IoctlDefinition, splitRequest } from "../ffi/ioctl.ts";
import type { Effect } from "../ffi/ioctl_effects.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import type {
  Argument,
  Block,
  DeviceSide,
  Kernel,
  Mapping,
  MappingAccess,
  PollEntry,
  Stat,
} from "../ffi/kernel.ts";
import { OpenFiles, snapshot } from "../ffi/open_files.ts";
import { parseRequest } from "../ffi/parse_fields.ts";
import { isTwoWay } from "../ffi/struct.ts";
import {
  formatEvents,
  formatFcntl,
  formatMapFlags,
  formatMemfdFlags,
  formatOpenFlags,
  formatProt,
  formatWhence,
  hex,
} from "../ffi/trace_format.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { version } from "../version.ts";
import { familyOf } from "../workspace/inventory.ts";
import { formatDeadline } from "./deadline.ts";
import { fdinfoPath, fdinfoSubject, mapFdinfo } from "./fdinfo.ts";
import {
  type CommandEntry,
  type EventEntry,
  type FdName,
  type NodeName,
  TRACE_VERSION,
  type TraceEntry,
  type TraceHeader,
  type TraceResult,
} from "./format.ts";
import { descriptorResults, type FieldKind, mapNamedFields, wordFor } from "./named_fields.ts";
import { Counter, DescriptorNames, OffsetNames, PlaceNames, ValueNames } from "./names.ts";
import { NodeNames } from "./node_names.ts";
import { RecordedDevice } from "./record_device.ts";
import { RecordedMapping } from "./record_mapping.ts";
import { formatTraceResult } from "./words.ts";

/** fcntl's F_DUPFD, linux/include/uapi/asm-generic/fcntl.h. */
const F_DUPFD = 0;

/** Texts of sysfs beyond this many characters are not kept. */
const LONGEST_TEXT = 4096;

/** Handles that are numbers have 32 bits. */
const LARGEST_NUMBERED = 0xffff_ffff;

/** Where a command stands, and its words as a line of a script. */
export interface Asked {
  readonly command: string;
  readonly file?: string;
  readonly line?: number;
}

function placed({ command, file, line }: Asked): Omit<CommandEntry, "call"> {
  return {
    text: command,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

/** A kernel that records. */
export interface Recording extends Kernel {
  /** A command begins: the calls that follow are its. */
  note(asked: Asked): void;
  /** Something of the journal's. */
  event(event: EventEntry["event"], at?: Asked): void;
}

/** Reads a sysfs or /dev path, whose contents are of the machine and of nobody's processes. */
function isOfTheMachine(path: string): boolean {
  return path.startsWith("/sys/") || path.startsWith("/dev/");
}

function sameMemory(a: Block, b: Block): boolean {
  if (a.bytes.length !== b.bytes.length) return false;
  const refs = a.refs ?? [];
  if (refs.length !== (b.refs ?? []).length) return false;
  const own = a.bytes.every((byte, i) =>
    byte === b.bytes[i] || refs.some(({ offset }) => i >= offset && i < offset + 8)
  );
  return own && refs.every(({ offset, target }) => {
    const other = b.refs?.find((ref) => ref.offset === offset)?.target;
    if (other === undefined || typeof target === "bigint" || typeof other === "bigint") {
      return target === other;
    }
    // What is behind the end of ours is room that the kernel was not told of.
    const { length } = target.bytes;
    return other.bytes.length >= length &&
      sameMemory(target, { ...other, bytes: other.bytes.slice(0, length) });
  });
}

/**
 * The fields of an argument if the same memory can be made of them again, else its bytes: fields do
 * not show what stands between or behind them.
 */
function argumentData(
  definition: IoctlDefinition | undefined,
  request: number,
  argument: Argument,
  half: Half,
): JsonValue {
  if (definition === undefined) {
    return typeof argument === "bigint" ? hex(argument) : `hex:${argument.bytes.toHex()}`;
  }
  const fields = describe(definition, argument, half);
  const { size } = splitRequest(request);
  const data: JsonValue = size !== splitRequest(definition.code).size && isRecord(fields)
    ? { ...fields, "@size": size }
    : fields;
  if (typeof argument === "bigint" || (argument.refs ?? []).length > 0) return data;
  // An answer is compared and never passed again.
  if (half === "out" && definition.struct !== null && isTwoWay(definition.struct)) return data;
  const again = parseRequest(definition, data).argument;
  return typeof again !== "bigint" && sameMemory(argument, again)
    ? data
    : `hex:${argument.bytes.toHex()}`;
}

/** Recording with a way from names back to values. */
export class RecordingKernel extends WrappedKernel implements Recording {
  declare readonly deviceSide?: DeviceSide;
  readonly #entry: (entry: TraceEntry) => void;
  readonly #files = new OpenFiles();
  readonly #nodes: NodeNames;
  readonly #mappings = new Counter("m");
  readonly #inodes = new ValueNames("i");
  readonly #counts = new ValueNames("n");
  /** Descriptors by name. */
  readonly descriptors = new DescriptorNames();
  /** Fake offsets by name. */
  readonly offsets = new OffsetNames();
  /** Addresses of mappings by name. */
  readonly places = new PlaceNames();

  /** @param entry hears of every call after it was made */
  /** The command that runs. */
  #noted: Asked = { command: "" };

  constructor(inner: Kernel, entry: (entry: TraceEntry) => void) {
    super(inner);
    this.#entry = entry;
    this.#nodes = new NodeNames(inner);
    if (inner.deviceSide !== undefined) {
      this.deviceSide = new RecordedDevice(inner.deviceSide, this.#fd, this.#handle, this.#tell);
    }
  }

  readonly #fd = (fd: number): FdName => this.descriptors.nameOf(fd);

  /** A buffer's handle; an address is told by its mapping. */
  readonly #handle = (handle: number): number | string =>
    handle > LARGEST_NUMBERED ? this.places.nameOf(BigInt(handle)) ?? handle : handle;

  /** EINTR is no answer: a signal came in between, and the call is made again. */
  readonly #tell = (entry: TraceEntry): void => {
    if ("result" in entry && entry.result === "EINTR") return;
    this.#entry(entry);
  };

  note(asked: Asked): void {
    this.#noted = asked;
    this.#entry({ call: "command", ...placed(asked) });
  }

  /** @param at its command; the last one that was noted where absent */
  event(event: EventEntry["event"], at: Asked = this.#noted): void {
    const same = (["command", "file", "line"] as const).every((key) =>
      at[key] === this.#noted[key]
    );
    this.#entry({ call: "event", event, ...(same ? {} : { at: placed(at) }) });
  }

  override open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    const fd = super.open(path, flags, options);
    let node: NodeName | undefined;
    if (fd >= 0) {
      this.#files.opened(fd, path);
      if (familyOf(path) !== undefined) node = this.#nodes.of(path, fd);
      if (node !== undefined) this.#files.named(path, node.driver);
    }
    this.#tell({
      call: "open",
      path,
      flags: formatOpenFlags(options.inherit ? flags : flags | O_CLOEXEC),
      result: this.#opened(fd),
      ...(node === undefined ? {} : { node }),
    });
    return fd;
  }

  /** A new descriptor's name, or the errno's. */
  #opened(fd: number): TraceResult {
    return fd >= 0 ? this.descriptors.opened(fd) : formatTraceResult(fd);
  }

  override close(fd: number): number {
    const result = super.close(fd);
    // Linux gives the descriptor back whatever close() answers, but for EBADF.
    const file = result === -errno.EBADF ? undefined : this.#files.closed(fd);
    if (file !== undefined) this.offsets.gone(file);
    this.#tell({ call: "close", fd: this.#fd(fd), result: formatTraceResult(result) });
    return result;
  }

  override ioctl(fd: number, request: number, argument: Argument): number {
    const definition = this.#files.definition(fd, request);
    const name = definition?.name;
    const subject = this.#fd(fd);
    const before = snapshot(argument);
    const now = this.inner.now();
    const passed = argumentData(definition, request, argument, "in");
    const given = mapNamedFields(
      name,
      passed,
      (kind, value) => this.#known(fd, now, kind, value),
    );
    const result = super.ioctl(fd, request, argument);
    const came = argumentData(definition, request, argument, result < 0 ? "in" : "out");
    const effects = this.#files.learn(fd, definition, before, argument, result);
    const out = mapNamedFields(
      name,
      came,
      (kind, value) =>
        result < 0
          ? this.#known(fd, now, kind, value)
          : this.#answered(fd, now, kind, value, came, effects),
    );
    this.#forget(fd, effects);
    const makes = name !== undefined && descriptorResults.has(name);
    this.#tell({
      call: "ioctl",
      fd: subject,
      ...(name === undefined ? {} : { name }),
      code: hex(request >>> 0),
      in: given,
      ...(JSON.stringify(passed) === JSON.stringify(came) ? {} : { out }),
      result: makes ? this.#opened(result) : formatTraceResult(result),
    });
    return result;
  }

  /** The node whose fake offsets `fd` takes. */
  #node(fd: number): string {
    return this.#files.get(fd)?.name ?? "";
  }

  /** A value that was passed, by the name that it has. */
  #known(fd: number, now: bigint, kind: FieldKind, value: JsonValue): JsonValue {
    if (typeof value !== "number" && typeof value !== "string") return value;
    if (kind === "descriptor") return this.#fd(Number(value));
    if (kind === "fake offset") {
      return this.offsets.nameOf(this.#node(fd), BigInt(value)) ?? value;
    }
    if (kind === "address") return this.places.nameOf(BigInt(value)) ?? value;
    if (kind === "deadline") return formatDeadline(BigInt(value), now) ?? value;
    return value;
  }

  /** A value that came back, by its name or a new one. */
  #answered(
    fd: number,
    now: bigint,
    kind: FieldKind,
    value: JsonValue,
    fields: JsonValue,
    effects: readonly Effect[],
  ): JsonValue {
    if (kind === "descriptor") {
      const isNew = effects.some(({ effect, id }) => effect === "descriptor" && id === value);
      return isNew ? this.descriptors.opened(Number(value)) : this.#known(fd, now, kind, value);
    }
    const word = wordFor(kind, value);
    if (word !== undefined) return word;
    const file = this.#files.get(fd);
    if (kind !== "fake offset" || file === undefined || value === 0) {
      return this.#known(fd, now, kind, value);
    }
    if (typeof value !== "number" && typeof value !== "string") return value;
    const handle = isRecord(fields) ? Number(fields.handle ?? fields.bo_handle ?? 0) : 0;
    return this.offsets.given(this.#node(fd), BigInt(value), { file, handle });
  }

  /** Buffers that are gone: their offsets may be given again. */
  #forget(fd: number, effects: readonly Effect[]): void {
    const file = this.#files.get(fd);
    if (file === undefined) return;
    for (const { effect, kind, id } of effects) {
      if (effect === "gone" && kind === "GEM handle") this.offsets.gone(file, id);
    }
  }

  override mmap(
    length: number,
    prot: number,
    flags: number,
    fd: number,
    offset: bigint,
    access: MappingAccess,
  ): Mapping | number {
    const result = super.mmap(length, prot, flags, fd, offset, access);
    const failed = typeof result === "number";
    const map = failed ? "" : this.#mappings.next();
    this.#tell({
      call: "mmap",
      fd: this.#fd(fd),
      length,
      prot: formatProt(prot),
      flags: formatMapFlags(flags),
      offset: (offset === 0n ? undefined : this.#offsetName(fd, offset)) ?? String(offset),
      access,
      result: failed ? formatTraceResult(result) : map,
    });
    if (failed) return result;
    this.places.mapped(map, result.address, length);
    return new RecordedMapping(result, map, this.#tell, () => this.places.unmapped(map));
  }

  /** A fake offset, or memory that is mapped at the address where it lies. */
  #offsetName(fd: number, offset: bigint): string | undefined {
    return this.offsets.nameOf(this.#node(fd), offset) ?? this.places.nameOf(offset);
  }

  override dup(fd: number): number {
    const copy = super.dup(fd);
    if (copy >= 0) this.#files.duplicated(fd, copy);
    this.#tell({ call: "dup", fd: this.#fd(fd), result: this.#opened(copy) });
    return copy;
  }

  override fcntl(fd: number, command: number, argument: number): number {
    const result = super.fcntl(fd, command, argument);
    const duplicates = command === F_DUPFD || command === F_DUPFD_CLOEXEC;
    if (duplicates && result >= 0) this.#files.duplicated(fd, result);
    this.#tell({
      call: "fcntl",
      fd: this.#fd(fd),
      command: formatFcntl(command, 0).split(",", 1)[0] ?? "",
      argument,
      result: duplicates ? this.#opened(result) : formatTraceResult(result),
    });
    return result;
  }

  /** The name of an inode number, which means something on its own file system only. */
  #inodeName(fd: number | undefined, inode: string): string {
    const kind = fd === undefined ? undefined : this.#files.get(fd)?.kind;
    const system = kind === "dma-buf" || kind === "memfd"
      ? kind
      : kind === "sync_file" || kind === "syncobj"
      ? "anonymous"
      : "named";
    return this.#inodes.nameOf(`${system} ${inode}`);
  }

  override fstat(fd: number): Stat | number {
    return this.#stated({ call: "fstat", fd: this.#fd(fd) }, super.fstat(fd), fd);
  }

  override stat(path: string): Stat | number {
    return this.#stated({ call: "stat", path }, super.stat(path));
  }

  #stated<R extends Stat | number>(
    asked: { readonly call: "fstat" | "stat"; readonly fd?: FdName; readonly path?: string },
    result: R,
    statedFd?: number,
  ): R {
    if (typeof result === "number") {
      this.#tell({ ...asked, result: formatTraceResult(result) });
      return result;
    }
    // Owners are left out: they say who ran it.
    const { kind, mode, size, inode, rdev } = result;
    const name = this.#inodeName(statedFd, String(inode));
    const stat = { kind, mode, size: String(size), inode: name, rdev };
    this.#tell({ ...asked, stat, result: 0 });
    return result;
  }

  override fstatfs(fd: number): number {
    const result = super.fstatfs(fd);
    this.#tell({ call: "fstatfs", fd: this.#fd(fd), result: formatTraceResult(result) });
    return result;
  }

  override lseek(fd: number, offset: bigint, whence: number): bigint {
    const result = super.lseek(fd, offset, whence);
    this.#tell({
      call: "lseek",
      fd: this.#fd(fd),
      offset: String(offset),
      whence: formatWhence(whence),
      result: formatTraceResult(result),
    });
    return result;
  }

  override poll(entries: PollEntry[], timeoutMs: number): number {
    const result = super.poll(entries, timeoutMs);
    this.#tell({
      call: "poll",
      entries: entries.map(({ fd, events, revents }) => ({
        fd: this.#fd(fd),
        events: formatEvents(events),
        revents: formatEvents(revents),
      })),
      timeoutMs,
      result: formatTraceResult(result),
    });
    return result;
  }

  override ftruncate(fd: number, length: bigint): number {
    const result = super.ftruncate(fd, length);
    this.#tell({
      call: "ftruncate",
      fd: this.#fd(fd),
      length: String(length),
      result: formatTraceResult(result),
    });
    return result;
  }

  override memfdCreate(name: string, flags: number): number {
    const fd = super.memfdCreate(name, flags);
    if (fd >= 0) this.#files.memfd(fd, name);
    this.#tell({
      call: "memfd_create",
      name,
      flags: formatMemfdFlags(flags | MFD_CLOEXEC),
      result: this.#opened(fd),
    });
    return fd;
  }

  override readText(path: string): string | number {
    const text = super.readText(path);
    const subject = fdinfoSubject(path);
    if (typeof text === "number") {
      this.#tell({ call: "readText", path, result: formatTraceResult(text) });
    } else if (subject !== undefined) {
      const kept = mapFdinfo(
        text,
        (kind, key, value) =>
          kind === "inode"
            ? this.#inodeName(Number(subject), value)
            : this.#counts.nameOf(`${key} ${value}`),
      );
      const named = fdinfoPath(this.#fd(Number(subject)));
      this.#tell({ call: "readText", path: named, text: kept, result: 0 });
    } else {
      const kept = isOfTheMachine(path) && text.length <= LONGEST_TEXT;
      this.#tell({ call: "readText", path, ...(kept ? { text } : {}), result: 0 });
    }
    return text;
  }

  override readLink(path: string): string | number {
    const text = super.readLink(path);
    const failed = typeof text === "number";
    this.#tell({
      call: "readLink",
      path,
      ...(!failed && isOfTheMachine(path) ? { text } : {}),
      result: failed ? formatTraceResult(text) : 0,
    });
    return text;
  }

  override readDirectory(path: string): readonly string[] | number {
    const names = super.readDirectory(path);
    const failed = typeof names === "number";
    this.#tell({
      call: "readDirectory",
      path,
      ...(!failed && isOfTheMachine(path) ? { names } : {}),
      result: failed ? formatTraceResult(names) : 0,
    });
    return names;
  }
}

/** The first line of a trace of a kernel. */
export function traceHeader(kernel: Kernel, board?: TraceHeader["board"]): TraceHeader {
  const { backend, name, release, arch, pageSize } = kernel.identity;
  return {
    "boctl-trace": TRACE_VERSION,
    boctl: version,
    on: { backend, kernel: name, release, arch, pageSize },
    ...(board === undefined ? {} : { board }),
  };
}

/**
 * A kernel that writes a line for every call of `inner`, after it was made; the header is written at
 * once. To name DRM nodes it opens some of them, which is not recorded.
 * @param write takes a line without its end; what it throws ends the call
 * @param board what identifies the machine, for the header
 */
export function recordingKernel(
  inner: Kernel,
  write: (line: string) => void,
  board?: TraceHeader["board"],
): Recording {
  write(JSON.stringify(traceHeader(inner, board)));
  return new RecordingKernel(inner, (entry) => write(JSON.stringify(entry)));
}
