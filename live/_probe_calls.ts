/**
 * What probes ask, asked once more with system calls alone: no code of the commands, the drivers or
 * the probes takes part.
 *
 * @module
 */
import { call } from "../ffi/call.ts";
import { MAP_SHARED, O_RDWR, PROT_READ, PROT_WRITE } from "../ffi/constants.ts";
import { errnoName } from "../ffi/errno.ts";
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { encodeArray, type Fields, type StructType, type ValuesOf } from "../ffi/struct.ts";
import { dmaBuf } from "../ffi/uapi/dma_buf.ts";
import { drm } from "../ffi/uapi/drm.ts";
import { panfrost } from "../ffi/uapi/panfrost.ts";
import { panthor } from "../ffi/uapi/panthor.ts";
import { udmabuf } from "../ffi/uapi/udmabuf.ts";

const BYTES = 4096;
const RW = PROT_READ | PROT_WRITE;
const { GEM_CLOSE, MODE_CREATE_DUMB, MODE_MAP_DUMB, PRIME_FD_TO_HANDLE, PRIME_HANDLE_TO_FD } =
  drm.ioctls;

/** The driver's kind: what its buffers are made with. */
export type CallsOf = "panthor" | "panfrost" | "dumb";

/** Open descriptors and mappings, and calls on them. */
class Calls implements Disposable {
  readonly kernel: Kernel;
  readonly #open: number[] = [];

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Keeps a descriptor until the end. */
  keep(fd: number): number {
    if (fd < 0) throw new Error(errnoName(fd));
    this.#open.push(fd);
    return fd;
  }

  node(path: string): number {
    return this.keep(this.kernel.open(path, O_RDWR));
  }

  /** `allowed` or `refused (ERRNO)`. */
  ask<F extends Fields>(
    fd: number,
    definition: IoctlDefinition<StructType<F>>,
    values: Partial<ValuesOf<F>>,
  ): string {
    return told(call(this.kernel, fd, definition, values).result);
  }

  must<F extends Fields>(
    fd: number,
    definition: IoctlDefinition<StructType<F>>,
    values: Partial<ValuesOf<F>>,
  ): ValuesOf<F> {
    const answer = call(this.kernel, fd, definition, values);
    if (answer.result < 0) throw new Error(`${definition.name}: ${errnoName(answer.result)}`);
    return answer.values;
  }

  /** An export's answer; its descriptor is kept. */
  askExport(fd: number, handle: number): string {
    const { result, values } = call(this.kernel, fd, PRIME_HANDLE_TO_FD, { handle, flags: O_RDWR });
    if (result >= 0) this.keep(values.fd);
    return told(result);
  }

  mmap(fd: number, prot: number, offset = 0n): string {
    const mapping = this.kernel.mmap(BYTES, prot, MAP_SHARED, fd, offset, "copied");
    if (typeof mapping === "number") return told(mapping);
    mapping.unmap();
    return "allowed";
  }

  export(fd: number, handle: number, flags = O_RDWR): number {
    return this.keep(this.must(fd, PRIME_HANDLE_TO_FD, { handle, flags }).fd);
  }

  /** A dma-buf of udmabuf: of nobody's that is asked. */
  foreign(): number {
    const { kernel } = this;
    const memfd = this.keep(kernel.memfdCreate("calls", 2)); // MFD_ALLOW_SEALING
    kernel.ftruncate(memfd, BigInt(BYTES));
    kernel.fcntl(memfd, 1033, 2); // F_ADD_SEALS, F_SEAL_SHRINK
    const device = this.node("/dev/udmabuf");
    const { result } = call(kernel, device, udmabuf.ioctls.CREATE, { memfd, size: BigInt(BYTES) });
    return this.keep(result);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open.splice(0).reverse()) this.kernel.close(fd);
  }
}

function told(result: number): string {
  return result < 0 ? `refused (${errnoName(result)})` : "allowed";
}

/** What any device is asked; ids as the probes have them. */
function common(calls: Calls, fd: number, handle: number): Record<string, string> {
  const readOnly = calls.export(fd, handle, 0);
  const late = calls.export(fd, handle, O_RDWR);
  const { SYNC } = dmaBuf.ioctls;
  const begun = calls.ask(readOnly, SYNC, { flags: 3n });
  return {
    "writable-map-of-read-only-export": calls.mmap(readOnly, RW),
    "late-rdwr": calls.mmap(late, RW) === "refused (EACCES)"
      ? "the second export is the same read-only dma-buf"
      : "rw",
    "bracket-flags": calls.ask(readOnly, SYNC, { flags: 0n }),
    "overlapping-brackets": begun === "allowed" ? calls.ask(readOnly, SYNC, { flags: 3n }) : begun,
    "bracket-direction-mismatch": calls.ask(readOnly, SYNC, { flags: 2n | 4n }),
  };
}

/** What an import is asked; nothing where the device takes none. */
function ofImport(
  calls: Calls,
  fd: number,
  offsetOf: (handle: number) => bigint | string,
): Record<string, string> {
  const foreign = calls.foreign();
  const { result, values: { handle } } = call(calls.kernel, fd, PRIME_FD_TO_HANDLE, {
    fd: foreign,
  });
  if (result < 0) return {};
  const offset = offsetOf(handle);
  const mapped = typeof offset === "string" ? offset : calls.mmap(fd, PROT_READ, offset);
  const again = calls.must(fd, PRIME_FD_TO_HANDLE, { fd: foreign }).handle;
  const closed = [handle, again].map((one) => calls.ask(fd, GEM_CLOSE, { handle: one }));
  return {
    "import-mapped-through-node": mapped,
    "same-handle": `${handle === again} ${closed.join(" ")}` === "true allowed refused (EINVAL)"
      ? "one handle for both imports, and its second GEM_CLOSE is EINVAL"
      : `${handle} ${again} ${closed}`,
  };
}

function dumbCalls(calls: Calls, fd: number): Record<string, string> {
  const { handle } = calls.must(fd, MODE_CREATE_DUMB, { width: 1024, height: 1, bpp: 32 });
  return {
    ...common(calls, fd, handle),
    ...ofImport(calls, fd, (handle) => {
      const { result, values } = call(calls.kernel, fd, MODE_MAP_DUMB, { handle });
      return result < 0 ? told(result) : values.offset;
    }),
  };
}

function panthorCalls(calls: Calls, fd: number, recent: boolean): Record<string, string> {
  const { BO_CREATE, BO_MMAP_OFFSET, BO_SYNC, VM_CREATE } = panthor.ioctls;
  const size = BigInt(BYTES);
  const vm = calls.must(fd, VM_CREATE, {}).id;
  const own = calls.must(fd, BO_CREATE, { size, exclusive_vm_id: vm }).handle;
  const sync = (handle: number, offset: bigint): string =>
    calls.ask(fd, BO_SYNC, {
      ops: {
        stride: 24,
        count: 1,
        array: encodeArray(panthor.structs.drm_panthor_bo_sync_op, [{
          handle,
          type: 0,
          offset,
          size: 64n,
        }]),
      },
    });
  const answers = {
    ...common(calls, fd, calls.must(fd, BO_CREATE, { size }).handle),
    ...ofImport(calls, fd, (handle) => calls.must(fd, BO_MMAP_OFFSET, { handle }).offset),
    "cached-buffer": calls.ask(fd, BO_CREATE, { size, flags: 2 }),
    "contradictory-flags": calls.ask(fd, BO_CREATE, { size, flags: 3 }),
    "private-export": calls.askExport(fd, own),
  };
  if (!recent) return answers;
  const cached = calls.must(fd, BO_CREATE, { size, flags: 2 }).handle;
  const imported = calls.must(fd, PRIME_FD_TO_HANDLE, { fd: calls.foreign() }).handle;
  return {
    ...answers,
    "cached-export": calls.askExport(fd, cached),
    "sync-out-of-range": sync(cached, size),
    "sync-of-import": sync(imported, 0n),
  };
}

function panfrostCalls(calls: Calls, fd: number, recent: boolean): Record<string, string> {
  const { CREATE_BO, MMAP_BO, SYNC_BO } = panfrost.ioctls;
  const size = BYTES;
  const sync = (handle: number, offset: number): string => {
    const op = { handle, type: 0, offset, size: 64 };
    const ops = encodeArray(panfrost.structs.drm_panfrost_bo_sync_op, [op]);
    return calls.ask(fd, SYNC_BO, { ops, op_count: 1 });
  };
  const answers = {
    ...common(calls, fd, calls.must(fd, CREATE_BO, { size }).handle),
    ...ofImport(calls, fd, (handle) => calls.must(fd, MMAP_BO, { handle }).offset),
    "cached-buffer": calls.ask(fd, CREATE_BO, { size, flags: 4 }),
    "contradictory-flags": calls.ask(fd, CREATE_BO, { size, flags: 2 }),
  };
  if (!recent) return answers;
  const cached = calls.must(fd, CREATE_BO, { size, flags: 4 }).handle;
  const imported = calls.must(fd, PRIME_FD_TO_HANDLE, { fd: calls.foreign() }).handle;
  return {
    ...answers,
    "cached-export": calls.askExport(fd, cached),
    "sync-out-of-range": sync(cached, size),
    "sync-of-import": sync(imported, 0),
  };
}

/**
 * What a node answers to the calls that some probes make, by the probe's id.
 * @param recent whether the driver has cached maps
 */
export function directCalls(
  kernel: Kernel,
  path: string,
  driver: CallsOf,
  recent: boolean,
): Record<string, string> {
  using calls = new Calls(kernel);
  const fd = calls.node(path);
  switch (driver) {
    case "panthor":
      return panthorCalls(calls, fd, recent);
    case "panfrost":
      return panfrostCalls(calls, fd, recent);
    case "dumb":
      return dumbCalls(calls, fd);
  }
}
