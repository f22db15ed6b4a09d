import { errno } from "../ffi/errno.ts";
import type { OpenFile } from "./file.ts";

interface Slot {
  file: OpenFile;
  closeOnExec: boolean;
}

/** RLIMIT_NOFILE as most systems set it. */
const LIMIT = 1024;

/** The process's descriptors. 0 to 2 are taken by the standard streams. */
export class FdTable {
  readonly #slots = new Map<number, Slot>();
  readonly #reserved = new Set<number>();
  /** No number below it is free. */
  #lowest = 3;

  #free(from: number): number {
    let fd = Math.max(from, this.#lowest);
    while (this.#slots.has(fd) || this.#reserved.has(fd)) fd++;
    return fd < LIMIT ? fd : -errno.EMFILE;
  }

  /** get_unused_fd_flags(): takes the lowest free number, or -EMFILE. */
  reserve(from = 3): number {
    const fd = this.#free(from);
    if (fd < 0) return fd;
    this.#reserved.add(fd);
    if (from <= this.#lowest) this.#lowest = fd + 1;
    return fd;
  }

  /** put_unused_fd(). */
  unreserve(fd: number): void {
    this.#reserved.delete(fd);
    this.#lowest = Math.min(this.#lowest, fd);
  }

  /** fd_install(): takes over one reference to the file. */
  install(fd: number, file: OpenFile, closeOnExec: boolean): void {
    this.#reserved.delete(fd);
    this.#slots.set(fd, { file, closeOnExec });
  }

  /** Installs a file at the lowest free number; drops the reference and says -EMFILE if none is. */
  add(file: OpenFile, closeOnExec: boolean): number {
    const fd = this.reserve();
    if (fd < 0) file.put();
    else this.install(fd, file, closeOnExec);
    return fd;
  }

  get(fd: number): OpenFile | null {
    return this.#slots.get(fd)?.file ?? null;
  }

  closeOnExec(fd: number): boolean {
    return this.#slots.get(fd)?.closeOnExec ?? false;
  }

  setCloseOnExec(fd: number, value: boolean): void {
    const slot = this.#slots.get(fd);
    if (slot !== undefined) slot.closeOnExec = value;
  }

  /** close(2). */
  close(fd: number): number {
    const slot = this.#slots.get(fd);
    if (slot === undefined) return -errno.EBADF;
    this.#slots.delete(fd);
    this.#lowest = Math.min(this.#lowest, fd);
    slot.file.put();
    return 0;
  }

  /** F_DUPFD: another descriptor, from `from` on, of the same description. */
  duplicate(fd: number, from: number, closeOnExec: boolean): number {
    const file = this.get(fd);
    if (file === null) return -errno.EBADF;
    if (from < 0 || from >= LIMIT) return -errno.EINVAL;
    const copy = this.reserve(from);
    if (copy >= 0) this.install(copy, file.get(), closeOnExec);
    return copy;
  }

  /** The open descriptors, ascending. */
  list(): number[] {
    return [...this.#slots.keys()].sort((a, b) => a - b);
  }
}
