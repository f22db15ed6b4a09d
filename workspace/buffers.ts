/**
 * Making buffers and passing them on: create, export, import, and dma-bufs from heaps and udmabuf.
 * Each either holds its result or leaves nothing behind.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import { allocateFromHeap, HEAP_DIRECTORY } from "../drivers/dma_heap.ts";
import { readDmaBuf } from "../drivers/dma_buf.ts";
import type { Caching, CreateRequest } from "../drivers/driver.ts";
import type { Exporter } from "../drivers/exporters.ts";
import { createUdmabuf, UDMABUF_PATH } from "../drivers/udmabuf.ts";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { O_RDWR } from "../ffi/constants.ts";
import { isError } from "../ffi/kernel.ts";
import { explainOpen } from "./devices.ts";
import { listHeaps } from "./inventory.ts";
import { dmaBufBehind, memoryOf } from "./maps.ts";
import type { RefusedEvent } from "./journal.ts";
import type { Buffer, Device, DmaBuf } from "./objects.ts";
import { noted } from "./refusals.ts";
import type { Workspace } from "./workspace.ts";

/** What a refused creation wanted to be. */
function askedFor(
  request: CreateRequest,
): Pick<RefusedEvent, "cached" | "private" | "noMmap" | "heap"> {
  const flags = request.flags.map((name) => name.toLowerCase().replaceAll("_", "-"));
  const named = (flag: string): boolean => flags.includes(flag);
  return {
    cached: request.cached || named("wb-mmap"),
    private: request.private,
    noMmap: request.noMmap || named("no-mmap"),
    heap: named("heap"),
  };
}

/**
 * Checks `--placement` against the driver's places.
 * @throws {NotSupported} where there are none to choose from
 * @throws {UsageError} for one that the driver does not have
 */
function checkPlacement({ driver, version }: Device, placement: string | undefined): void {
  if (placement === undefined) return;
  const { placements } = driver;
  if (placements === undefined) {
    throw new NotSupported(`--placement: ${version.name} has no places to choose from`);
  }
  if (!placements.includes(placement)) {
    throw new UsageError(`--placement: ${driver.name} has no place "${placement}"`, {
      word: placement,
      hint: `${didYouMean(placement, placements)}${driver.name} has: ${placements.join(", ")}.`,
    });
  }
}

/** Creates a buffer object on a device. */
export function createBuffer(
  workspace: Workspace,
  device: Device,
  request: CreateRequest,
  as?: string,
): Buffer {
  const name = workspace.nameFor("buffer", as);
  checkPlacement(device, request.placement);
  const made = noted(
    workspace,
    { what: "create", of: device.name, device: device.name, ...askedFor(request) },
    () => device.driver.create(device, request),
  );
  workspace.useHandle(device, made.handle, name);
  workspace.journal.add({
    kind: "create",
    buffer: name,
    memory: workspace.memories.ofHandle(device, made.handle),
    device: device.name,
    handle: made.handle,
    size: made.size,
    caching: made.caching,
    private: made.private,
  });
  return workspace.hold({ kind: "buffer", name, device, imported: false, ...made });
}

/** Holds a dma-buf's descriptor, or closes it and throws. */
function holdDescriptor(
  workspace: Workspace,
  fd: number,
  name: string,
  about: { caching: Caching; from: DmaBuf["from"]; origin: string },
  known: Omit<Exporter, "name"> = {},
): DmaBuf {
  try {
    const facts = readDmaBuf(workspace.kernel, fd, name);
    const exporter = { name: facts.exporter, ...known };
    return workspace.hold({ kind: "dma-buf", name, fd, facts, exporter, ...about });
  } catch (error) {
    workspace.kernel.close(fd);
    throw error;
  }
}

/** Exports a buffer; the first export of its memory fixes the dma-buf's access mode. */
export function exportBuffer(
  workspace: Workspace,
  buffer: Buffer,
  options: { rdwr: boolean; cloexec: boolean },
  as?: string,
): DmaBuf {
  const name = workspace.nameFor("dma-buf", as);
  const { device } = buffer;
  const fd = noted(
    workspace,
    {
      what: "export",
      of: buffer.name,
      memory: workspace.memories.ofHandle(device, buffer.handle),
      device: device.name,
      private: buffer.private,
      cached: buffer.caching === "write-back",
      imported: buffer.imported,
    },
    () =>
      device.family.exportHandle(
        device,
        buffer.handle,
        options,
        (code) => device.driver.exportRefusal?.(code, buffer),
      ),
  );
  const memory = workspace.memories.ofHandle(device, buffer.handle);
  const first = !workspace.held.some((held) =>
    held.kind !== "device" && memoryOf(workspace, held) === memory &&
    dmaBufBehind(held) !== undefined
  );
  const about = { caching: buffer.caching, from: "export", origin: buffer.name } as const;
  // Of an import the dma-buf that it came from is what is exported.
  const exporter = buffer.importedFrom?.exporter ?? { driver: device.version.name };
  const dmaBuf = holdDescriptor(workspace, fd, name, about, exporter);
  workspace.journal.add({
    kind: "export",
    buffer: buffer.name,
    memory: workspace.memories.same(device, buffer.handle, dmaBuf.facts.inode),
    device: device.name,
    dmaBuf: name,
    askedRdwr: options.rdwr,
    mode: dmaBuf.facts.mode,
    first,
    caching: buffer.caching,
    exporter: dmaBuf.facts.exporter,
  });
  return dmaBuf;
}

/**
 * Imports a dma-buf into a device. The result keeps its own descriptor of the dma-buf, through
 * which it is mapped. An open file that has the memory already gives the same handle again.
 */
export function importDmaBuf(
  workspace: Workspace,
  dmaBuf: DmaBuf,
  device: Device,
  as?: string,
): Buffer {
  const { kernel } = workspace;
  const name = workspace.nameFor("buffer", as);
  const memory = workspace.memories.ofInode(dmaBuf.facts.inode);
  const handle = noted(
    workspace,
    { what: "import", of: dmaBuf.name, memory, device: device.name },
    () => device.family.importDescriptor(device, dmaBuf.fd),
  );
  const sameHandleAs = workspace.useHandle(device, handle, name);
  try {
    const fd = kernel.dup(dmaBuf.fd);
    if (isError(fd)) throw new KernelRefusal("fcntl F_DUPFD_CLOEXEC", dmaBuf.name, fd);
    try {
      const known = sameHandleAs === undefined ? undefined : workspace.find(sameHandleAs);
      const own = known?.kind === "buffer" ? known : undefined;
      // What the kernel says counts; where it does not tell, a handle that this open file had
      // before as its own creation is no import.
      const imported = device.driver.query?.(device, handle).imported ?? !(own?.imported === false);
      workspace.journal.add({
        kind: "import",
        buffer: name,
        memory: workspace.memories.same(device, handle, dmaBuf.facts.inode),
        device: device.name,
        dmaBuf: dmaBuf.name,
        handle,
        foreign: imported,
        ...(sameHandleAs === undefined ? {} : { sameHandleAs }),
      });
      return workspace.hold({
        kind: "buffer",
        name,
        device,
        handle,
        size: dmaBuf.facts.size,
        caching: dmaBuf.caching,
        imported,
        flagWord: own?.flagWord ?? 0,
        private: own?.private ?? false,
        importedFrom: { fd, name: dmaBuf.name, facts: dmaBuf.facts, exporter: dmaBuf.exporter },
      });
    } catch (error) {
      kernel.close(fd);
      throw error;
    }
  } catch (error) {
    workspace.releaseHandle(device, handle, name);
    throw error;
  }
}

function holdAllocated(
  workspace: Workspace,
  fd: number,
  name: string,
  from: "heap" | "udmabuf",
  origin: string,
): DmaBuf {
  const about = { caching: "write-back", from, origin } as const;
  const dmaBuf = holdDescriptor(
    workspace,
    fd,
    name,
    about,
    from === "heap" ? { isHeap: true } : {},
  );
  workspace.journal.add({
    kind: "allocate",
    dmaBuf: name,
    memory: workspace.memories.ofInode(dmaBuf.facts.inode),
    size: dmaBuf.facts.size,
    mode: dmaBuf.facts.mode,
    from,
    caching: "write-back",
  });
  return dmaBuf;
}

/** Holds a dma-buf that came as a bare descriptor. `origin` tells where from. */
export function adoptDmaBuf(workspace: Workspace, fd: number, origin: string, as?: string): DmaBuf {
  const name = workspace.nameFor("dma-buf", as);
  const dmaBuf = holdDescriptor(workspace, fd, name, {
    caching: "unknown",
    from: "descriptor",
    origin,
  });
  workspace.journal.add({
    kind: "allocate",
    dmaBuf: name,
    memory: workspace.memories.ofInode(dmaBuf.facts.inode),
    size: dmaBuf.facts.size,
    mode: dmaBuf.facts.mode,
    from: "descriptor",
    caching: "unknown",
  });
  return dmaBuf;
}

function withDevice<T>(
  workspace: Workspace,
  path: string,
  hint: string | undefined,
  use: (fd: number) => T,
): T {
  const fd = workspace.kernel.open(path, O_RDWR);
  if (isError(fd)) {
    const error = explainOpen(workspace.kernel, path, fd);
    if (hint === undefined || error.hint?.startsWith("Join") === true) throw error;
    error.hint = hint;
    throw error;
  }
  try {
    return use(fd);
  } finally {
    workspace.kernel.close(fd);
  }
}

/** Allocates from a dma-heap. */
export function allocateHeap(
  workspace: Workspace,
  heap: string,
  size: bigint,
  options: { rdwr: boolean; cloexec: boolean },
  as?: string,
): DmaBuf {
  const name = workspace.nameFor("dma-buf", as);
  const { kernel } = workspace;
  const heaps = listHeaps(kernel);
  const hint = heaps.includes(heap)
    ? undefined
    : heaps.length === 0
    ? "This kernel has no dma-heaps (CONFIG_DMABUF_HEAPS)."
    : `There are: ${heaps.join(", ")}.`;
  const fd = withDevice(
    workspace,
    `${HEAP_DIRECTORY}/${heap}`,
    hint,
    (heapFd) => allocateFromHeap(kernel, heapFd, heap, size, options),
  );
  return holdAllocated(workspace, fd, name, "heap", heap);
}

/** Makes a dma-buf over a sealed memfd. */
export function allocateUdmabuf(
  workspace: Workspace,
  size: bigint,
  options: { cloexec: boolean; seals?: number },
  as?: string,
): DmaBuf {
  const name = workspace.nameFor("dma-buf", as);
  const { kernel } = workspace;
  const missing = typeof kernel.stat(UDMABUF_PATH) === "number";
  const fd = withDevice(
    workspace,
    UDMABUF_PATH,
    missing ? "modprobe udmabuf, or a kernel with CONFIG_UDMABUF." : undefined,
    (deviceFd) => createUdmabuf(kernel, deviceFd, size, options),
  );
  return holdAllocated(workspace, fd, name, "udmabuf", "udmabuf");
}
