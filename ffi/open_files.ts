/**
 * What each descriptor stands for, as far as the calls that went by have told: its path, the DRM
 * driver behind it, a dma-buf that an ioctl gave. Driver-private ioctl numbers mean something only
 * with that knowledge.
 *
 * @module
 */
import { findByCode } from "./find_ioctl.ts";
import type { IoctlDefinition } from "./ioctl.ts";
import type { Argument, Block } from "./kernel.ts";
import { type DescriptorKind, type Effect, effectsOf } from "./ioctl_effects.ts";
import { decode } from "./struct.ts";
import { tables } from "./uapi/_index.ts";
import { drm } from "./uapi/drm.ts";

/** What kind of file a descriptor is: decides which tables explain its ioctls. */
export type OpenFileKind =
  | "drm"
  | "dma-heap"
  | "udmabuf"
  | "kbase"
  | "memfd"
  | "file"
  | DescriptorKind;

/** An open file, which duplicated descriptors share. */
export interface OpenFile {
  readonly kind: OpenFileKind;
  /** The path, or for what an ioctl gave: its kind. */
  readonly name: string;
  /** The call that gave it: `open`, or an ioctl's name. */
  readonly call: string;
}

const everyTable = tables.map(({ name }) => name);
const everyDriver = tables
  .filter(({ header, name }) => header.startsWith("drm/") && name !== "drm")
  .map(({ name }) => name);

function kindOfPath(path: string): OpenFileKind {
  if (path.startsWith("/dev/dri/")) return "drm";
  if (path.startsWith("/dev/dma_heap/")) return "dma-heap";
  if (path === "/dev/udmabuf") return "udmabuf";
  if (path.startsWith("/dev/mali")) return "kbase";
  return "file";
}

/** A copy of an argument's own bytes; what it refers to is not copied. */
export function snapshot(argument: Argument): Argument {
  return typeof argument === "bigint" ? argument : { ...argument, bytes: argument.bytes.slice() };
}

/** The descriptors of one kernel. */
export class OpenFiles {
  readonly #files = new Map<number, OpenFile>();
  /** Driver by path: a VERSION call on one descriptor speaks for every descriptor of the node. */
  readonly #drivers = new Map<string, string>();

  /** Every descriptor and its file, in the order in which they came. */
  entries(): IterableIterator<[number, OpenFile]> {
    return this.#files.entries();
  }

  /** What `fd` is, if its origin was seen. */
  get(fd: number): OpenFile | undefined {
    return this.#files.get(fd);
  }

  /** `fd` came from open(2). */
  opened(fd: number, path: string): void {
    this.#files.set(fd, { kind: kindOfPath(path), name: path, call: "open" });
  }

  /** The node at `path` is known to be a driver's, without a VERSION call of the caller's own. */
  named(path: string, driver: string): void {
    this.#drivers.set(path, driver);
  }

  /** `fd` came from memfd_create(2). */
  memfd(fd: number, name: string): void {
    this.#files.set(fd, { kind: "memfd", name: `memfd:${name}`, call: "memfd_create" });
  }

  /** `copy` is a new descriptor of the open file of `fd`. */
  duplicated(fd: number, copy: number): void {
    const file = this.get(fd) ?? { kind: "file", name: `copy of ${fd}`, call: "dup" };
    this.#files.set(copy, file);
  }

  /** `fd` is gone. Returns its file when that was the last descriptor of it. */
  closed(fd: number): OpenFile | undefined {
    const file = this.#files.get(fd);
    this.#files.delete(fd);
    return file !== undefined && [...this.#files.values()].includes(file) ? undefined : file;
  }

  /** What a request code means on `fd`; undefined when it is in no table, or ambiguous. */
  definition(fd: number, request: number): IoctlDefinition | undefined {
    const file = this.get(fd);
    if (file === undefined || file.kind === "file") return onlyMatch(request, everyTable);
    if (file.kind !== "drm") return findByCode(request, [file.kind])?.definition;
    const driver = this.#drivers.get(file.name);
    if (driver !== undefined) return findByCode(request, [driver, "drm"])?.definition;
    return findByCode(request, ["drm"])?.definition ?? onlyMatch(request, everyDriver);
  }

  /**
   * Learns from an ioctl that was made; returns what it left behind or took away. `before` is the
   * {@linkcode snapshot} of its argument.
   */
  learn(
    fd: number,
    definition: IoctlDefinition | undefined,
    before: Argument,
    after: Argument,
    result: number,
  ): readonly Effect[] {
    if (definition === undefined || result < 0) return [];
    if (typeof before === "bigint" || typeof after === "bigint") return [];
    if (definition.name === "DRM_IOCTL_VERSION") this.#learnDriver(fd, after);
    const effects = effectsOf(definition, before, after, result);
    for (const { effect, kind, id } of effects) {
      if (effect === "descriptor") {
        this.#files.set(id, { kind, name: kind, call: definition.name });
      }
    }
    return effects;
  }

  #learnDriver(fd: number, argument: Block): void {
    const file = this.get(fd);
    const { name, name_len } = decode(drm.structs.drm_version, argument);
    if (file === undefined || typeof name === "bigint") return;
    const driver = new TextDecoder().decode(name.bytes.subarray(0, Number(name_len)));
    // The first of the two calls asks for the length alone.
    if (driver !== "") this.#drivers.set(file.name, driver);
  }
}

/** The definition with exactly this code, if only one of the tables has it. */
function onlyMatch(code: number, names: readonly string[]): IoctlDefinition | undefined {
  const matches = names.flatMap((name) => {
    const found = findByCode(code, [name]);
    return found === undefined || found.otherSize ? [] : [found.definition];
  });
  return matches.length === 1 ? matches[0] : undefined;
}
