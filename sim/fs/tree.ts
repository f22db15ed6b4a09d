/**
 * A read-only tree of names: directories, texts, symbolic links, device nodes. What a path leads to
 * is found the way the kernel does it, links followed at most 40 times.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import type { Stat } from "../../ffi/kernel.ts";
import type { OpenFile } from "../file.ts";

/** A directory; entries may come and go between calls. */
export interface DirectoryEntry {
  readonly kind: "directory";
  names(): readonly string[];
  find(name: string): Entry | undefined;
}
/** A text file. */
export interface TextEntry {
  readonly kind: "text";
  read(): string;
}
/** A symbolic link. */
export interface LinkEntry {
  readonly kind: "link";
  readonly target: string;
}
/** A character device node. */
export interface DeviceEntry {
  readonly kind: "device";
  readonly stat: Stat;
  /** Opens it: a description with one reference, or -errno. */
  open(flags: number): OpenFile | number;
}
export type Entry = DirectoryEntry | TextEntry | LinkEntry | DeviceEntry;

/** PATH_MAX and the kernel's limit of links in one path. */
const PATH_BYTES = 4096;
const MAX_LINKS = 40;

/** A directory whose entries are put in by hand. */
export class Directory implements DirectoryEntry {
  readonly kind = "directory";
  readonly #entries = new Map<string, Entry>();

  names(): readonly string[] {
    return [...this.#entries.keys()];
  }
  find(name: string): Entry | undefined {
    return this.#entries.get(name);
  }
  put(name: string, entry: Entry): void {
    this.#entries.set(name, entry);
  }
  /** The name goes, and what is below it. */
  remove(name: string): void {
    this.#entries.delete(name);
  }
  /** The directory at a relative path, made where missing. */
  directory(path: string): Directory {
    return path.split("/").reduce<Directory>((parent, name) => {
      const found = parent.#entries.get(name);
      if (found instanceof Directory) return found;
      const made = new Directory();
      parent.#entries.set(name, made);
      return made;
    }, this);
  }
}

/** A text that never changes. */
export function text(content: string): TextEntry {
  return { kind: "text", read: () => content };
}
/** A symbolic link. */
export function link(target: string): LinkEntry {
  return { kind: "link", target };
}

/**
 * What an absolute path leads to, or -errno.
 * @param follow whether a link in the last place is followed
 */
export function resolve(root: DirectoryEntry, path: string, follow: boolean): Entry | number {
  if (path === "" || !path.startsWith("/")) return -errno.ENOENT;
  if (path.length >= PATH_BYTES) return -errno.ENAMETOOLONG;
  const parents: DirectoryEntry[] = [];
  let at: Entry = root;
  const todo = path.split("/");
  let links = 0;
  for (let i = 0; i < todo.length; i++) {
    const name = todo[i];
    const isLast = i === todo.length - 1;
    if (at.kind !== "directory") return -errno.ENOTDIR;
    if (name === undefined || name === "" || name === ".") continue;
    if (name === "..") {
      at = parents.pop() ?? root;
      continue;
    }
    const found = at.find(name);
    if (found === undefined) return -errno.ENOENT;
    if (found.kind === "link" && (follow || !isLast)) {
      if (++links > MAX_LINKS) return -errno.ELOOP;
      todo.splice(0, i + 1, ...found.target.split("/"));
      if (found.target.startsWith("/")) {
        at = root;
        parents.length = 0;
      }
      i = -1;
      continue;
    }
    parents.push(at);
    at = found;
  }
  return at;
}
