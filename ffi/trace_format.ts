/**
 * The words of a trace: flags, results, bytes and paths as strace prints them.
 *
 * @module
 */
import {
  F_ADD_SEALS,
  F_DUPFD_CLOEXEC,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  F_SETFD,
  FD_CLOEXEC,
  MAP_PRIVATE,
  MAP_SHARED,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_NONBLOCK,
  O_RDWR,
  O_WRONLY,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  PROT_READ,
  PROT_WRITE,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from "./constants.ts";
import { errnoName } from "./errno.ts";
import { splitRequest } from "./ioctl.ts";
import type { Stat } from "./kernel.ts";
import type { Names } from "./struct.ts";

/** Longest text and byte string shown, in characters and bytes. */
const TEXT_SHOWN = 64;
const BYTES_SHOWN = 32;

const openFlags = { O_CREAT, O_NONBLOCK, O_CLOEXEC };
const protections = { PROT_READ, PROT_WRITE };
const mapFlags = { MAP_SHARED, MAP_PRIVATE };
const memfdFlags = { MFD_CLOEXEC, MFD_ALLOW_SEALING };
const pollEvents = { POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL };
const whences = { SEEK_SET, SEEK_CUR, SEEK_END };
const commands = { F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS };
const seals = { F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE, F_SEAL_FUTURE_WRITE };

/** `A|B|0x100` from a flag word; `zero` where no bit is set. */
function orOf(names: Names, value: number, zero = "0"): string {
  const words: string[] = [];
  let left = value >>> 0;
  for (const [name, bits] of Object.entries(names)) {
    if ((left & Number(bits)) === 0) continue;
    words.push(name);
    left = (left & ~Number(bits)) >>> 0;
  }
  if (left !== 0) words.push(hex(left));
  return words.length > 0 ? words.join("|") : zero;
}

function nameOf(names: Names, value: number): string {
  return Object.entries(names).find(([, known]) => known === value)?.[0] ?? `${value}`;
}

/** `0x1f`. */
export function hex(value: number | bigint): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}

/** Flags of open(2): `O_RDWR|O_CLOEXEC`. */
export function formatOpenFlags(flags: number): string {
  const access = flags & O_ACCMODE;
  const name = access === O_RDWR ? "O_RDWR" : access === O_WRONLY ? "O_WRONLY" : "O_RDONLY";
  const rest = orOf(openFlags, flags & ~O_ACCMODE, "");
  return rest === "" ? name : `${name}|${rest}`;
}

/** `PROT_READ|PROT_WRITE`. */
export function formatProt(prot: number): string {
  return orOf(protections, prot, "PROT_NONE");
}

/** `MAP_SHARED`. */
export function formatMapFlags(flags: number): string {
  return orOf(mapFlags, flags);
}

/** `MFD_CLOEXEC|MFD_ALLOW_SEALING`. */
export function formatMemfdFlags(flags: number): string {
  return orOf(memfdFlags, flags);
}

/** `POLLIN|POLLOUT`. */
export function formatEvents(events: number): string {
  return orOf(pollEvents, events);
}

/** `SEEK_END`. */
export function formatWhence(whence: number): string {
  return nameOf(whences, whence);
}

/** Command and argument of fcntl(2): `F_SETFD, FD_CLOEXEC`. */
export function formatFcntl(command: number, argument: number): string {
  const name = nameOf(commands, command);
  switch (command) {
    case F_GETFD:
    case F_GETFL:
    case F_GET_SEALS:
      return name;
    case F_SETFD:
      return `${name}, ${orOf({ FD_CLOEXEC }, argument)}`;
    case F_ADD_SEALS:
      return `${name}, ${orOf(seals, argument)}`;
    default:
      return `${name}, ${argument}`;
  }
}

/** What fcntl(2) answered, in the words of its command. */
export function formatFcntlResult(command: number, result: number): string {
  if (result < 0) return formatResult(result);
  switch (command) {
    case F_GETFD:
      return orOf({ FD_CLOEXEC }, result);
    case F_GETFL:
      return formatOpenFlags(result);
    case F_GET_SEALS:
      return orOf(seals, result);
    default:
      return formatResult(result);
  }
}

/** `3`, or `-1 EINVAL (22)`. */
export function formatResult(result: number | bigint): string {
  const number = Number(result);
  return number < 0 ? `-1 ${errnoName(number)} (${-number})` : `${result}`;
}

/** A request code without a name: `_IOC(RW, 'd', 0x45, 32)`. */
export function formatRequest(request: number): string {
  const { direction, type, number, size } = splitRequest(request);
  const isLetter = type > 0x20 && type < 0x7f;
  const letter = isLetter ? `'${String.fromCharCode(type)}'` : hex(type);
  return `_IOC(${direction}, ${letter}, ${hex(number)}, ${size})`;
}

/** A quoted text, its end cut off where it is long. */
export function formatText(text: string): string {
  const shown = [...text].slice(0, TEXT_SHOWN).join("");
  return `${JSON.stringify(shown)}${shown.length < text.length ? "…" : ""}`;
}

/** Bytes as hexadecimal digits, cut off where they are many. */
export function formatBytes(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, BYTES_SHOWN).toHex();
  return bytes.length > BYTES_SHOWN ? `${shown}…` : shown;
}

/** `{character 0660, rdev=226:128, inode=5}`. */
export function formatStat({ kind, mode, size, inode, rdev }: Stat): string {
  const what = rdev === "" ? `size=${size}` : `rdev=${rdev}`;
  return `{${kind} 0${mode.toString(8)}, ${what}, inode=${inode}}`;
}
