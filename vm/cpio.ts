/** One entry of an archive: a folder, a symbolic link or a file. */
export type CpioEntry =
  & { readonly path: string; readonly mode?: number }
  & (
    | { readonly kind: "folder" }
    | { readonly kind: "link"; readonly target: string }
    | { readonly kind: "file"; readonly bytes: Uint8Array }
  );

const encoder = new TextEncoder();
const KINDS = { folder: 0o040000, link: 0o120000, file: 0o100000 } as const;
const DEFAULT_MODES = { folder: 0o755, link: 0o777, file: 0o644 } as const;

/**
 * Writes a cpio archive in the "newc" form, which the kernel unpacks as its initial root.
 *
 * Missing parent folders are added. Everything belongs to root and is dated 0, so that the same
 * entries give the same bytes.
 *
 * @see the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
 */
export function cpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let inode = 1;
  for (const entry of withParents(entries)) {
    const data = dataOf(entry);
    const mode = KINDS[entry.kind] | (entry.mode ?? DEFAULT_MODES[entry.kind]);
    chunks.push(record(entry.path, mode, inode++, data));
  }
  chunks.push(record("TRAILER!!!", 0, 0, new Uint8Array()));
  return joined(chunks);
}

function dataOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === "file") return entry.bytes;
  return entry.kind === "link" ? encoder.encode(entry.target) : new Uint8Array();
}

function record(path: string, mode: number, inode: number, data: Uint8Array): Uint8Array {
  const name = encoder.encode(`${path}\0`);
  const links = (mode & 0o170000) === KINDS.folder ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = "070701" + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  const nameEnd = roundUp(header.length + name.length);
  const bytes = new Uint8Array(nameEnd + roundUp(data.length));
  bytes.set(encoder.encode(header));
  bytes.set(name, header.length);
  bytes.set(data, nameEnd);
  return bytes;
}

function roundUp(length: number): number {
  return (length + 3) & ~3;
}

function withParents(entries: readonly CpioEntry[]): CpioEntry[] {
  const all = new Map<string, CpioEntry>();
  for (const entry of entries) {
    const parts = entry.path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const path = parts.slice(0, depth).join("/");
      if (!all.has(path)) all.set(path, { kind: "folder", path });
    }
    all.set(entry.path, entry);
  }
  return [...all.values()];
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
