/**
 * Decoded tracing: every call of a kernel as one line, in the manner of strace. It knows the ioctl
 * tables, so import it where a trace is asked for, not at start-up.
 *
 * @module
 */
import { DMA_BUF_MAGIC, F_DUPFD_CLOEXEC, MFD_CLOEXEC, O_CLOEXEC } from "./constants.ts";
import { formatFields, type Half } from "./describe.ts";
import { errno } from "./errno.ts";
import type { IoctlDefinition } from "./ioctl.ts";
import type { Argument, Kernel, Mapping, MappingAccess, PollEntry, Stat } from "./kernel.ts";
import { OpenFiles, snapshot } from "./open_files.ts";
import {
  formatBytes,
  formatEvents,
  formatFcntl,
  formatFcntlResult,
  formatMapFlags,
  formatMemfdFlags,
  formatOpenFlags,
  formatProt,
  formatRequest,
  formatResult,
  formatStat,
  formatText,
  formatWhence,
  hex,
} from "./trace_format.ts";
import { WrappedKernel, WrappedMapping } from "./wrapped_kernel.ts";

/** fcntl's F_DUPFD, linux/include/uapi/asm-generic/fcntl.h. */
const F_DUPFD = 0;

type Write = (line: string) => void;

/** An ioctl's argument as text. */
function formatArgument(
  definition: IoctlDefinition | undefined,
  argument: Argument,
  half: Half,
): string {
  if (definition !== undefined) return formatFields(definition, argument, half);
  if (typeof argument !== "bigint") return `hex:${formatBytes(argument.bytes)}`;
  return argument === 0n ? "NULL" : hex(argument);
}

class TracedKernel extends WrappedKernel {
  readonly #write: Write;
  readonly #files = new OpenFiles();
  #mappings = 0;

  constructor(inner: Kernel, write: Write) {
    super(inner);
    this.#write = write;
  }

  override open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    const fd = super.open(path, flags, options);
    if (fd >= 0) this.#files.opened(fd, path);
    const given = formatOpenFlags(options.inherit ? flags : flags | O_CLOEXEC);
    this.#write(`open(${JSON.stringify(path)}, ${given}) = ${formatResult(fd)}`);
    return fd;
  }

  override close(fd: number): number {
    const result = super.close(fd);
    if (result !== -errno.EBADF) this.#files.closed(fd);
    this.#write(`close(${fd}) = ${formatResult(result)}`);
    return result;
  }

  override ioctl(fd: number, request: number, argument: Argument): number {
    const definition = this.#files.definition(fd, request);
    const before = snapshot(argument);
    const passed = formatArgument(definition, argument, "in");
    const result = super.ioctl(fd, request, argument);
    this.#files.learn(fd, definition, before, argument, result);
    const name = definition?.name ?? formatRequest(request);
    const returned = formatArgument(definition, argument, result < 0 ? "in" : "out");
    const shown = passed === returned ? passed : `${passed} => ${returned}`;
    this.#write(`ioctl(${fd}, ${name}, ${shown}) = ${formatResult(result)}`);
    return result;
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
    const words = [length, formatProt(prot), formatMapFlags(flags), fd, hex(offset)].join(", ");
    if (typeof result === "number") {
      this.#write(`mmap(NULL, ${words}) = ${formatResult(result)}`);
      return result;
    }
    const name = `map#${++this.#mappings}`;
    this.#write(`mmap(NULL, ${words}) = ${name} ${access}`);
    return new TracedMapping(result, name, this.#write);
  }

  override dup(fd: number): number {
    const copy = super.dup(fd);
    if (copy >= 0) this.#files.duplicated(fd, copy);
    this.#write(`fcntl(${fd}, ${formatFcntl(F_DUPFD_CLOEXEC, 0)}) = ${formatResult(copy)}`);
    return copy;
  }

  override fcntl(fd: number, command: number, argument: number): number {
    const result = super.fcntl(fd, command, argument);
    const duplicates = command === F_DUPFD || command === F_DUPFD_CLOEXEC;
    if (duplicates && result >= 0) this.#files.duplicated(fd, result);
    const answer = formatFcntlResult(command, result);
    this.#write(`fcntl(${fd}, ${formatFcntl(command, argument)}) = ${answer}`);
    return result;
  }

  override fstat(fd: number): Stat | number {
    return this.#stated(`fstat(${fd}`, super.fstat(fd));
  }

  override stat(path: string): Stat | number {
    return this.#stated(`stat(${JSON.stringify(path)}`, super.stat(path));
  }

  #stated(call: string, result: Stat | number): Stat | number {
    const failed = typeof result === "number";
    this.#write(
      `${call}${failed ? `) = ${formatResult(result)}` : `, ${formatStat(result)}) = 0`}`,
    );
    return result;
  }

  override fstatfs(fd: number): number {
    const result = super.fstatfs(fd);
    const type = result === DMA_BUF_MAGIC ? "DMA_BUF_MAGIC" : hex(result);
    this.#write(
      `fstatfs(${fd}${result < 0 ? `) = ${formatResult(result)}` : `, {type=${type}}) = 0`}`,
    );
    return result;
  }

  override lseek(fd: number, offset: bigint, whence: number): bigint {
    const result = super.lseek(fd, offset, whence);
    this.#write(`lseek(${fd}, ${offset}, ${formatWhence(whence)}) = ${formatResult(result)}`);
    return result;
  }

  override poll(entries: PollEntry[], timeoutMs: number): number {
    const asked = entries.map(({ fd, events }) => `{${fd}, ${formatEvents(events)}}`);
    const result = super.poll(entries, timeoutMs);
    const ready = entries.filter(({ revents }) => revents !== 0)
      .map(({ fd, revents }) => `{${fd}, ${formatEvents(revents)}}`);
    const shown = result > 0 ? ` [${ready.join(", ")}]` : "";
    this.#write(`poll([${asked.join(", ")}], ${timeoutMs}) = ${formatResult(result)}${shown}`);
    return result;
  }

  override ftruncate(fd: number, length: bigint): number {
    const result = super.ftruncate(fd, length);
    this.#write(`ftruncate(${fd}, ${length}) = ${formatResult(result)}`);
    return result;
  }

  override memfdCreate(name: string, flags: number): number {
    const fd = super.memfdCreate(name, flags);
    if (fd >= 0) this.#files.memfd(fd, name);
    const given = formatMemfdFlags(flags | MFD_CLOEXEC);
    this.#write(`memfd_create(${JSON.stringify(name)}, ${given}) = ${formatResult(fd)}`);
    return fd;
  }

  override readText(path: string): string | number {
    return this.#named("readText", path, super.readText(path), formatText);
  }

  override readLink(path: string): string | number {
    return this.#named("readlink", path, super.readLink(path), formatText);
  }

  override readDirectory(path: string): readonly string[] | number {
    return this.#named(
      "readDirectory",
      path,
      super.readDirectory(path),
      (names) => `[${names.map((name) => JSON.stringify(name)).join(", ")}]`,
    );
  }

  #named<T>(
    call: string,
    path: string,
    result: T | number,
    format: (value: T) => string,
  ): T | number {
    const answer = typeof result === "number" ? formatResult(result) : format(result);
    this.#write(`${call}(${JSON.stringify(path)}) = ${answer}`);
    return result;
  }
}

class TracedMapping extends WrappedMapping {
  readonly #name: string;
  readonly #write: Write;

  constructor(inner: Mapping, name: string, write: Write) {
    super(inner);
    this.#name = name;
    this.#write = write;
  }

  override read(offset: number, into: Uint8Array): number {
    const done = super.read(offset, into);
    this.#line("read", offset, into.length, into.subarray(0, done), done);
    return done;
  }

  override write(offset: number, from: Uint8Array): number {
    const done = super.write(offset, from);
    this.#line("write", offset, from.length, from, done);
    return done;
  }

  override fill(offset: number, length: number, value: number): number {
    const done = super.fill(offset, length, value);
    this.#line("fill", offset, length, Uint8Array.of(value), done);
    return done;
  }

  override unmap(): number {
    const result = super.unmap();
    this.#write(`${this.#name} unmap = ${formatResult(result)}`);
    return result;
  }

  #line(what: string, offset: number, length: number, bytes: Uint8Array, done: number): void {
    const shown = bytes.length > 0 ? ` ${formatBytes(bytes)}` : "";
    const short = done < length ? " (the next byte faults)" : "";
    this.#write(`${this.#name} ${what} ${offset}:${length}${shown} = ${done}${short}`);
  }
}

/**
 * A kernel that writes a line for every call of `inner`, after it was made:
 * `ioctl(3, DRM_IOCTL_GEM_CLOSE, {handle=1, pad=0}) = 0`; what came back different is shown as
 * `{…} => {…}`, a failure as `= -1 EINVAL (22)`, an access to mapped memory as `map#1 read 0:64 …`.
 * The clock and the device side are not traced.
 */
export function traceKernel(inner: Kernel, write: (line: string) => void): Kernel {
  return new TracedKernel(inner, write);
}
