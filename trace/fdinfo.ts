/**
 * /proc/self/fdinfo: the one text of procfs that says what the kernel made of calls.
 *
 * @module
 */

const PREFIX = "/proc/self/fdinfo/";

/** The descriptor's number or name in a path of fdinfo; undefined for another path. */
export function fdinfoSubject(path: string): string | undefined {
  const subject = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : "";
  return /^(f?\d{1,9})$/.test(subject) ? subject : undefined;
}

/** The path for a descriptor. */
export function fdinfoPath(subject: string | number): string {
  return `${PREFIX}${subject}`;
}

/** What a line of fdinfo has a name for: an inode number, or a number counted since boot. */
export type FdinfoKind = "inode" | "count";

const kinds: Readonly<Record<string, FdinfoKind>> = {
  ino: "inode",
  mnt_id: "count",
  "drm-client-id": "count",
};

/** A text of fdinfo with numbers that differ from run to run replaced. */
export function mapFdinfo(
  text: string,
  map: (kind: FdinfoKind, key: string, value: string) => string,
): string {
  return text.split("\n").map((line) => {
    const [, key = "", value = ""] = /^([\w-]+):\t(\w+)$/.exec(line) ?? [];
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
    return kind === undefined ? line : `${key}:\t${map(kind, key, value)}`;
  }).join("\n");
}
