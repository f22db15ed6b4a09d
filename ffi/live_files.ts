/**
 * The read-only view of sysfs, procfs and directories, through libc: Deno's own file calls do not
 * tell the errno, and beyond --allow-ffi they need every other permission for /sys and /proc.
 * Sizes are never believed: sysfs says 4096 and procfs 0 whatever the file holds.
 *
 * @module
 */
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "./constants.ts";
import { errno } from "./errno.ts";
import { cString, type Libc } from "./libc.ts";

/** Larger files are refused with EFBIG: half a file taken for the whole would be a wrong answer. */
const TEXT_LIMIT = 1 << 20;
/** Sysfs answers a whole attribute, at most one page, in one read. */
const READ_BYTES = 1 << 16;
/** A link's target is shorter than PATH_MAX, 4096. */
const LINK_BYTES = 4096;
/** d_name in glibc's struct dirent with 64-bit offsets: d_ino 8, d_off 8, d_reclen 2, d_type 1. */
const NAME_OFFSET = 19;

/** -errno of the call just made. */
function failure(libc: Libc): number {
  return -(libc.errno[0] || errno.EIO);
}

/** Reads a descriptor to its end, or -errno. */
function readAll(libc: Libc, fd: number): Uint8Array<ArrayBuffer> | number {
  let bytes = new Uint8Array(READ_BYTES);
  let length = 0;
  while (true) {
    const count = libc.read(fd, bytes.subarray(length), BigInt(bytes.length - length));
    if (count < 0) {
      const error = failure(libc);
      if (error === -errno.EINTR) continue;
      return error;
    }
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > TEXT_LIMIT) return -errno.EFBIG;
    if (length === bytes.length) {
      const larger = new Uint8Array(2 * bytes.length);
      larger.set(bytes);
      bytes = larger;
    }
  }
}

/** A whole file as text (invalid UTF-8 becomes U+FFFD), or -errno; EFBIG beyond 1 MiB. */
export function readText(libc: Libc, path: string): string | number {
  const name = cString(path);
  if (name === null) return -errno.EINVAL;
  // O_NONBLOCK: a FIFO or debugfs's trace_pipe must not hang the tool.
  const fd = libc.open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0) return failure(libc);
  const bytes = readAll(libc, fd);
  libc.close(fd);
  return typeof bytes === "number" ? bytes : new TextDecoder().decode(bytes);
}

/** A link's target, or -errno. */
export function readLink(libc: Libc, path: string): string | number {
  const name = cString(path);
  if (name === null) return -errno.EINVAL;
  const target = new Uint8Array(LINK_BYTES);
  const length = libc.readlink(name, target, BigInt(target.length));
  if (length < 0) return failure(libc);
  return new TextDecoder().decode(target.subarray(0, length));
}

/** The name in the directory entry at `entry`; invalid UTF-8 becomes U+FFFD. */
function entryName(entry: NonNullable<Deno.PointerValue>): string {
  const view = new Deno.UnsafePointerView(entry);
  let end = NAME_OFFSET;
  while (view.getUint8(end) !== 0) end++;
  const bytes = new Uint8Array(end - NAME_OFFSET);
  if (bytes.length > 0) view.copyInto(bytes, NAME_OFFSET);
  return new TextDecoder().decode(bytes);
}

/** A directory's names without "." and "..", sorted by code unit, or -errno. */
export function readDirectory(libc: Libc, path: string): readonly string[] | number {
  const name = cString(path);
  if (name === null) return -errno.EINVAL;
  const directory = libc.opendir(name); // glibc opens it close-on-exec
  if (directory === null) return failure(libc);
  const names: string[] = [];
  let result = 0;
  while (true) {
    libc.errno[0] = 0; // at the end readdir() returns NULL and leaves errno alone
    const entry = libc.readdir(directory);
    if (entry === null) {
      result = -(libc.errno[0] ?? 0);
      break;
    }
    const entryText = entryName(entry);
    if (entryText !== "." && entryText !== "..") names.push(entryText);
  }
  libc.closedir(directory);
  return result < 0 ? result : names.sort();
}
