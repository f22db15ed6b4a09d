/**
 * Book-keeping of what is open: descriptors, GEM handles, GPU address spaces, syncobjs, mappings. A
 * test wraps its kernel in it and holds at the end that nothing is left.
 *
 * @module
 */
import { F_DUPFD_CLOEXEC } from "./constants.ts";
import { errno } from "./errno.ts";
import type { Argument, Kernel, Mapping, MappingAccess } from "./kernel.ts";
import type { Effect, ObjectKind } from "./ioctl_effects.ts";
import { type OpenFile, OpenFiles, snapshot } from "./open_files.ts";
import { WrappedKernel, WrappedMapping } from "./wrapped_kernel.ts";

/** fcntl's F_DUPFD, linux/include/uapi/asm-generic/fcntl.h. */
const F_DUPFD = 0;

/** A kernel that knows what is open. */
export interface AccountingKernel extends Kernel {
  /**
   * What is open now, one line each, in the order in which it came: descriptors, then what belongs
   * to open files, then mappings. Empty when everything was released.
   */
  leaks(): readonly string[];
}

/** An object of an open file, and the call that made it. */
interface HeldObject {
  readonly kind: ObjectKind;
  readonly id: number;
  readonly call: string;
}

class Accounting extends WrappedKernel implements AccountingKernel {
  readonly #files = new OpenFiles();
  /** Objects of each open file by kind and number: one that is given twice is held once. */
  readonly #objects = new Map<OpenFile, Map<string, HeldObject>>();
  readonly #mappings = new Set<string>();
  #mapped = 0;

  leaks(): readonly string[] {
    const lines: string[] = [];
    for (const [fd, { name, call }] of this.#files.entries()) {
      lines.push(`descriptor ${fd}: ${name} (${call})`);
    }
    for (const [file, objects] of this.#objects) {
      for (const { kind, id, call } of objects.values()) {
        lines.push(`${kind} ${id} of ${file.name} (${call})`);
      }
    }
    return [...lines, ...this.#mappings];
  }

  override open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    const fd = super.open(path, flags, options);
    if (fd >= 0) this.#files.opened(fd, path);
    return fd;
  }

  override memfdCreate(name: string, flags: number): number {
    const fd = super.memfdCreate(name, flags);
    if (fd >= 0) this.#files.memfd(fd, name);
    return fd;
  }

  override dup(fd: number): number {
    const copy = super.dup(fd);
    if (copy >= 0) this.#files.duplicated(fd, copy);
    return copy;
  }

  override fcntl(fd: number, command: number, argument: number): number {
    const result = super.fcntl(fd, command, argument);
    const duplicates = command === F_DUPFD || command === F_DUPFD_CLOEXEC;
    if (duplicates && result >= 0) this.#files.duplicated(fd, result);
    return result;
  }

  override close(fd: number): number {
    const result = super.close(fd);
    // Linux gives the descriptor back whatever close() answers, but for EBADF.
    if (result === -errno.EBADF) return result;
    const file = this.#files.closed(fd);
    if (file !== undefined) this.#objects.delete(file);
    return result;
  }

  override ioctl(fd: number, request: number, argument: Argument): number {
    const definition = this.#files.definition(fd, request);
    const before = snapshot(argument);
    const result = super.ioctl(fd, request, argument);
    const file = this.#files.get(fd);
    for (const effect of this.#files.learn(fd, definition, before, argument, result)) {
      if (file !== undefined) this.#book(file, effect, definition?.name ?? "ioctl");
    }
    return result;
  }

  #book(file: OpenFile, { effect, kind, id }: Effect, call: string): void {
    if (effect === "descriptor") return;
    const objects = this.#objects.get(file) ?? new Map<string, HeldObject>();
    this.#objects.set(file, objects);
    const key = `${kind} ${id}`;
    if (effect === "gone") objects.delete(key);
    else if (!objects.has(key)) objects.set(key, { kind, id, call });
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
    if (typeof result === "number") return result;
    const name = this.#files.get(fd)?.name ?? `descriptor ${fd}`;
    const line = `mapping ${++this.#mapped}: ${length} bytes of ${name}`;
    this.#mappings.add(line);
    return new AccountedMapping(result, () => this.#mappings.delete(line));
  }
}

class AccountedMapping extends WrappedMapping {
  readonly #unmapped: () => void;

  constructor(inner: Mapping, unmapped: () => void) {
    super(inner);
    this.#unmapped = unmapped;
  }

  override unmap(): number {
    const result = super.unmap();
    if (result === 0) this.#unmapped();
    return result;
  }
}

/**
 * A kernel that keeps the books of what `inner` has open. Drivers' objects are recognised once the
 * driver is known, from a VERSION call on the node, or where a request code is unambiguous.
 */
export function accountingKernel(inner: Kernel): AccountingKernel {
  return new Accounting(inner);
}
