/**
 * stat through statx(2): its structure is the same on every architecture, unlike struct stat, and
 * glibc before 2.33 has no fstat symbol at all.
 * Layout: linux/include/uapi/linux/stat.h, struct statx.
 *
 * @module
 */
import type { FileKind, Stat } from "./kernel.ts";

/** Bytes of struct statx. */
export const STATX_BYTES = 256;
/** type, mode, nlink, uid, gid, times, ino, size and blocks. */
export const STATX_BASIC_STATS = 0x7ff;
/** The directory argument that means the working directory. */
export const AT_FDCWD = -100;
/** An empty path means the descriptor itself. */
export const AT_EMPTY_PATH = 0x1000;

/** S_IFMT values, linux/include/uapi/linux/stat.h. A dma-buf has none of them: type 0. */
const kinds: Readonly<Record<number, FileKind>> = {
  0o020000: "character",
  0o040000: "directory",
  0o060000: "block",
  0o100000: "regular",
};

/** Reads a filled struct statx. */
export function decodeStatx(bytes: Uint8Array<ArrayBuffer>): Stat {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mode = view.getUint16(28, true);
  const kind = kinds[mode & 0o170000] ?? "other";
  const isDevice = kind === "character" || kind === "block";
  return {
    kind,
    mode: mode & 0o7777,
    uid: view.getUint32(20, true),
    gid: view.getUint32(24, true),
    inode: view.getBigUint64(32, true),
    size: view.getBigUint64(40, true),
    rdev: isDevice ? `${view.getUint32(128, true)}:${view.getUint32(132, true)}` : "",
  };
}
