/**
 * What the fields of each call must look like, so that nothing malformed of a stranger's file is
 * ever handed to a kernel.
 *
 * @module
 */
import { nodeKinds } from "../drivers/family.ts";
import { isRecord } from "../ffi/json.ts";
import { type Check, check, integer, list, oneOf, record, type Shape, text } from "./_checks.ts";
import { eventShape } from "./_event_shapes.ts";
import type { TraceCall } from "./format.ts";
import { isName, parsePlace } from "./names.ts";
import { isErrnoText, parseFlags, parseName } from "./words.ts";

/** The most that one access to mapped memory may move, in bytes: it is allocated. */
const LARGEST_ACCESS = 64 << 20;
const LONGEST_TEXT = 1 << 20;
/** The most that one call may fill: its pages are allocated. */
const LARGEST_FILL = 1 << 30;
const MOST_POLLED = 1024;
const LONGEST_POLL_MS = 10_000;
const U32 = 0xffff_ffff;

function flags(prefix: string): Check {
  return check(
    `flags such as "${prefix}…|0x…"`,
    (value) => typeof value === "string" && parseFlags(value, prefix) !== undefined,
  );
}

function word(prefix: string): Check {
  return check(
    `a name such as "${prefix}…"`,
    (value) => typeof value === "string" && parseName(value, prefix) !== undefined,
  );
}

const fd = check(
  `a descriptor's name such as "f1", or a number`,
  (value) => isName(value, "f") || integer(-0x8000_0000, 0x7fff_ffff)(value) === undefined,
);
const map = check(`a mapping's name such as "m1"`, (value) => isName(value, "m"));
const decimal = check(
  "bytes in decimal",
  (value) => typeof value === "string" && /^-?\d{1,19}$/.test(value),
);
const number = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const mapOffset = integer(0, Number.MAX_SAFE_INTEGER);
const access = integer(0, LARGEST_ACCESS);
const handle = check(
  'a handle, or an address in a mapping such as "m1"',
  (value) => integer(0, U32)(value) === undefined || parsePlace(value) !== undefined,
);
const path = check(
  "an absolute path",
  (value) => text(4096)(value) === undefined && typeof value === "string" && value.startsWith("/"),
);
const anything = check("a value", () => true);

/** A result that is a number or an errno's name. */
const plain = check(
  `a number or an errno's name`,
  (value) => number(value) === undefined || isErrnoText(value),
);
function named(letter: "f" | "m"): Check {
  return check(
    `a name such as "${letter}1" or an errno's`,
    (value) => isName(value, letter) || isErrnoText(value),
  );
}
const plainOrFd = check(
  `a number, a descriptor's name or an errno's`,
  (value) => plain(value) === undefined || isName(value, "f"),
);

const bytes: Check = (value) => {
  if (!isRecord(value) || Object.keys(value).length !== 1) return `{"hex":…} or {"sha256":…}`;
  if (value.sha256 !== undefined) {
    return typeof value.sha256 === "string" && /^[0-9a-f]{64}$/.test(value.sha256)
      ? undefined
      : "64 hexadecimal digits";
  }
  const { hex } = value;
  if (typeof hex !== "string" || hex.length > 2 * LARGEST_ACCESS) return "hexadecimal digits";
  return hex.length % 2 === 0 && /^[0-9a-f]*$/.test(hex)
    ? undefined
    : "pairs of hexadecimal digits in lower case";
};

/** Those of fcntl(2) that concern a descriptor alone: no locks, owners and signals. */
const commands = [
  "F_GETFD",
  "F_SETFD",
  "F_GETFL",
  "F_DUPFD_CLOEXEC",
  "F_ADD_SEALS",
  "F_GET_SEALS",
];

const stat = record({
  kind: oneOf("character", "block", "directory", "regular", "other"),
  mode: integer(0, 0o7777),
  size: decimal,
  inode: check(`a name such as "i1"`, (value) => isName(value, "i")),
  rdev: check(
    `"" or "major:minor"`,
    (value) => typeof value === "string" && /^(\d+:\d+)?$/.test(value),
  ),
});

const node = record({
  driver: text(128),
  version: check("major.minor", (v) => typeof v === "string" && /^-?\d+\.-?\d+$/.test(v)),
  kind: oneOf(...nodeKinds),
  index: integer(0, 255),
});

const deviceAccess: Shape = {
  fd,
  handle,
  offset: mapOffset,
  length: access,
  "bytes?": bytes,
  result: plain,
};

/** The fields of every call but `call` itself. */
export const shapes: Readonly<Record<TraceCall, Shape>> = {
  command: {
    text: text(LONGEST_TEXT),
    "file?": text(4096),
    "line?": integer(1, U32),
  },
  event: {
    event: eventShape,
    "at?": record({
      text: text(LONGEST_TEXT),
      "file?": text(4096),
      "line?": integer(1, U32),
    }),
  },
  open: { path, flags: flags("O_"), result: named("f"), "node?": node },
  close: { fd, result: plain },
  ioctl: {
    fd,
    "name?": check(
      "an ioctl's name",
      (v) => typeof v === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(v),
    ),
    code: check(
      "0x and hexadecimal digits",
      (v) => typeof v === "string" && /^0x[0-9a-f]{1,8}$/.test(v),
    ),
    in: anything,
    "out?": anything,
    result: plainOrFd,
  },
  mmap: {
    fd,
    length: integer(0, Number.MAX_SAFE_INTEGER),
    prot: flags("PROT_"),
    flags: flags("MAP_"),
    offset: check(
      `a fake offset's name such as "o1", an address such as "m1", or bytes in decimal`,
      (value) =>
        isName(value, "o") || parsePlace(value) !== undefined || decimal(value) === undefined,
    ),
    access: oneOf("direct", "copied"),
    result: named("m"),
  },
  "map.read": { map, offset: mapOffset, length: access, bytes, result: plain },
  "map.write": { map, offset: mapOffset, length: access, bytes, result: plain },
  "map.fill": {
    map,
    offset: mapOffset,
    length: integer(0, LARGEST_FILL),
    value: integer(0, 255),
    result: plain,
  },
  "map.unmap": { map, result: plain },
  dup: { fd, result: named("f") },
  fcntl: { fd, command: oneOf(...commands), argument: integer(0, U32), result: plainOrFd },
  fstat: { fd, "stat?": stat, result: plain },
  stat: { path, "stat?": stat, result: plain },
  fstatfs: { fd, result: plain },
  lseek: { fd, offset: decimal, whence: word("SEEK_"), result: plain },
  poll: {
    entries: list(record({ fd, events: flags("POLL"), revents: flags("POLL") }), MOST_POLLED),
    timeoutMs: integer(0, LONGEST_POLL_MS),
    result: plain,
  },
  ftruncate: { fd, length: decimal, result: plain },
  memfd_create: { name: text(249), flags: flags("MFD_"), result: named("f") },
  readText: { path, "text?": text(LONGEST_TEXT), result: plain },
  readDirectory: { path, "names?": list(text(255), 65536), result: plain },
  readLink: { path, "text?": text(LONGEST_TEXT), result: plain },
  "device.read": deviceAccess,
  "device.write": deviceAccess,
  "device.begin": { fd, handle, access: oneOf("read", "write"), result: plain },
  "device.end": { fd, handle, result: plain },
  "device.stale": {
    fd,
    handle,
    offset: mapOffset,
    length: mapOffset,
    "data?": anything,
    result: plain,
  },
  "device.books": { fd, handle, "data?": anything, result: plain },
};
