/**
 * Mapping buffers and dma-bufs, and the CPU's accesses through a mapping.
 *
 * @module
 */
import type { Coherency } from "../drivers/driver.ts";
import { KernelRefusal, UsageError } from "../errors.ts";
import { MAP_SHARED, PROT_READ, PROT_WRITE } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import type { Buffer, DmaBuf, Held, HeldMapping } from "./objects.ts";
import type { Workspace } from "./workspace.ts";

/** The identity of the memory behind a name. */
export function memoryOf(workspace: Workspace, object: Buffer | DmaBuf | HeldMapping): string {
  switch (object.kind) {
    case "buffer":
      return workspace.memories.ofHandle(object.device, object.handle);
    case "dma-buf":
      return workspace.memories.ofInode(object.facts.inode);
    case "mapping":
      return workspace.journal.resolve(object.memory);
  }
}

/** Bytes of a name's memory. */
export function sizeOf(object: Buffer | DmaBuf | HeldMapping): number {
  switch (object.kind) {
    case "buffer":
      return object.size;
    case "dma-buf":
      return object.facts.size;
    case "mapping":
      return object.mapping.length;
  }
}

/** The dma-buf behind a name, where this workspace holds a descriptor of it for that name. */
export function dmaBufBehind(
  object: Buffer | DmaBuf | HeldMapping,
): { readonly fd: number; readonly name: string } | undefined {
  switch (object.kind) {
    case "buffer":
      return object.importedFrom;
    case "dma-buf":
      return object;
    case "mapping":
      return object.dmaBuf;
  }
}

/**
 * Whole-buffer mmap, from offset 0: other offsets show page 0 on most exporters. `start`, in bytes
 * of the file, asks for another one all the same; the journal then has the bytes that are meant.
 */
export function mapObject(
  workspace: Workspace,
  object: Buffer | DmaBuf,
  options: { writable: boolean; via: "node" | "dma-buf"; start?: number },
  as?: string,
): HeldMapping {
  const { kernel, journal } = workspace;
  const name = workspace.nameFor("mapping", as);
  const prot = PROT_READ | (options.writable ? PROT_WRITE : 0);
  const { start = 0 } = options;
  const length = sizeOf(object) - start;
  const behind = dmaBufBehind(object);
  const throughNode = object.kind === "buffer" && options.via === "node";
  if (!throughNode && behind === undefined) {
    throw new UsageError(`"${object.name}" has no dma-buf to be mapped through`, {
      word: object.name,
      hint: `Export it and map the result: export ${object.name} --rdwr --as db , mmap db …`,
    });
  }
  if (options.via === "node" && object.kind === "dma-buf") {
    throw new UsageError(`"${object.name}" is a dma-buf: it has no node to be mapped through`, {
      word: object.name,
    });
  }
  const mode = object.kind === "dma-buf" ? object.facts.mode : object.importedFrom?.facts.mode;
  const note = (result: number): void => {
    journal.add({
      kind: "map",
      map: name,
      of: object.name,
      memory: memoryOf(workspace, object),
      via: options.via,
      importThroughNode: throughNode && object.imported,
      writable: options.writable,
      ...(mode === undefined ? {} : { mode }),
      length,
      errno: result,
    });
  };
  const offset = BigInt(start) + (throughNode ? mapOffset(object, note) : 0n);
  const fd = throughNode ? object.device.fd : behind?.fd ?? -1;
  // Nobody else can take away the pages of a buffer made here; everything else is touched through
  // the kernel, so that what would be SIGBUS is an error.
  const direct = throughNode && !object.imported;
  const mapping = kernel.mmap(length, prot, MAP_SHARED, fd, offset, direct ? "direct" : "copied");
  if (typeof mapping === "number") {
    note(-mapping);
    throw new KernelRefusal("mmap", object.name, mapping, {
      reason: explainMmap(-mapping, object, options, mode) ??
        (direct && start === 0 ? object.device.driver.mmapRefusal?.(-mapping) : undefined),
    });
  }
  note(0);
  return {
    kind: "mapping",
    name,
    mapping,
    of: object.name,
    memory: memoryOf(workspace, object),
    via: options.via,
    caching: object.caching,
    ...(start === 0 ? {} : { start }),
    ...(behind === undefined ? {} : { dmaBuf: { fd: behind.fd, name: behind.name } }),
  };
}

function mapOffset(buffer: Buffer, note: (errno: number) => void): bigint {
  try {
    return buffer.device.driver.mmapOffset(buffer.device, buffer.handle, buffer.caching);
  } catch (error) {
    if (error instanceof KernelRefusal) note(error.errno);
    throw error;
  }
}

function explainMmap(
  code: number,
  object: Buffer | DmaBuf,
  options: { writable: boolean; via: "node" | "dma-buf" },
  mode: "ro" | "rw" | undefined,
): string | undefined {
  if (object.kind === "buffer" && object.unmapped !== undefined) {
    const { by, dmaBuf } = object.unmapped;
    return dmaBuf
      ? `its node does not map it (${by}), its dma-buf does`
      : `the buffer was created so that no CPU can map it (${by})`;
  }
  if (code === errno.EACCES && options.writable && options.via === "dma-buf" && mode === "ro") {
    return "the dma-buf is read-only: its first export was made without --rdwr";
  }
  if (code === errno.EINVAL && options.via === "dma-buf") {
    return "the exporter does not let this buffer be mapped";
  }
  if (code === errno.ENOSYS) return "the exporter cannot map its dma-bufs for the CPU";
  if (code === errno.EINVAL && object.kind === "buffer" && object.imported) {
    return "the importer does not map foreign buffers: leave out --via node";
  }
  return undefined;
}

/** The coherency of the device behind a mapping's memory, as far as it is known. */
function coherencyOf(workspace: Workspace, memory: string): Coherency {
  const devices = new Set<string>();
  for (const event of workspace.journal.ofKinds("create", "import")) {
    if (event.memory === memory) devices.add(event.device);
  }
  let result: Coherency = "unknown";
  for (const event of workspace.journal.ofKinds("open")) {
    if (!devices.has(event.device)) continue;
    // One non-coherent device is enough to make the memory need care.
    if (event.coherency === "non-coherent") return "non-coherent";
    if (event.coherency !== "unknown") result = event.coherency;
  }
  return result;
}

/** Reads, writes and fills through a mapping, noted in the journal. */
export class Accessor {
  readonly #workspace: Workspace;
  readonly #map: HeldMapping;
  readonly #coherency: Coherency;

  constructor(workspace: Workspace, map: HeldMapping) {
    this.#workspace = workspace;
    this.#map = map;
    this.#coherency = coherencyOf(workspace, memoryOf(workspace, map));
  }

  get length(): number {
    return this.#map.mapping.length;
  }

  /** Notes an access; commands that touch a range in pieces note it once. */
  #note(access: "read" | "write", offset: number, length: number): void {
    const { name, of, memory, via, caching, start = 0 } = this.#map;
    this.#workspace.journal.add({
      kind: "cpu",
      access,
      map: name,
      of,
      memory,
      via,
      caching,
      coherency: this.#coherency,
      range: { offset: start + offset, length },
    });
  }

  #short(access: string, at: number): KernelRefusal {
    const { mapping, of, via } = this.#map;
    const forbidden = access !== "read" && (mapping.prot & PROT_WRITE) === 0;
    const held = this.#workspace.find(of);
    const imported = via === "node" && held?.kind === "buffer" && held.imported;
    return new KernelRefusal(`${access} at 0x${at.toString(16)}`, of, errno.EFAULT, {
      reason: forbidden
        ? "the mapping is read-only"
        : imported
        ? "touching these bytes is SIGBUS: the importer has no pages to show: leave out --via node"
        : "touching these bytes is SIGBUS: the memory behind them is gone or cannot be faulted in",
    });
  }

  /** Copies bytes out. @throws {KernelRefusal} where a touch would be SIGBUS */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const into = new Uint8Array(length);
    const done = this.#map.mapping.read(offset, into);
    if (done > 0) this.#note("read", offset, done);
    if (done < length) throw this.#short("read", offset + done);
    return into;
  }

  /** Reads a range in pieces of at most 4 MiB, for dumps and hashes of any size. */
  *pieces(offset: number, length: number): Generator<Uint8Array<ArrayBuffer>> {
    const piece = 4 << 20;
    this.#note("read", offset, length);
    for (let at = offset; at < offset + length; at += piece) {
      const into = new Uint8Array(Math.min(piece, offset + length - at));
      const done = this.#map.mapping.read(at, into);
      if (done < into.length) throw this.#short("read", at + done);
      yield into;
    }
  }

  /** Copies bytes in. */
  write(offset: number, bytes: Uint8Array): void {
    const done = this.#map.mapping.write(offset, bytes);
    if (done > 0) this.#note("write", offset, done);
    if (done < bytes.length) throw this.#short("write", offset + done);
  }

  /** Sets bytes to a value in pieces of at most 16 MiB; noted once, with what was done. */
  *fillPieces(offset: number, length: number, value: number): Generator<void> {
    const piece = 16 << 20;
    let done = 0;
    try {
      while (done < length) {
        const asked = Math.min(piece, length - done);
        const part = this.#map.mapping.fill(offset + done, asked, value);
        done += part;
        if (part < asked) throw this.#short("fill", offset + done);
        yield;
      }
    } finally {
      if (done > 0) this.#note("write", offset, done);
    }
  }
}

/**
 * The dma-buf behind a mapping, as long as something holds the descriptor: a mapping outlives it,
 * and its number may come to mean another file.
 */
export function heldDmaBuf(workspace: Workspace, map: HeldMapping): HeldMapping["dmaBuf"] {
  const { dmaBuf, memory } = map;
  const holds = (held: Held): boolean =>
    (held.kind === "dma-buf" || held.kind === "buffer") &&
    dmaBufBehind(held)?.fd === dmaBuf?.fd && memoryOf(workspace, held) === memory;
  return workspace.held.some(holds) ? dmaBuf : undefined;
}
