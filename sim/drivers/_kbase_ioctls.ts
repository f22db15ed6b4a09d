/**
 * kbase's calls: the handshake, and those on memory (mali_kbase_core_linux.c, mali_kbase_mem.c,
 * mali_kbase_mem_linux.c of r35p0).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import type { IoctlDefinition } from "../../ffi/ioctl.ts";
import type { Block } from "../../ffi/kernel.ts";
import { decode, store } from "../../ffi/struct.ts";
import { kbase as uapi } from "../../ffi/uapi/kbase.ts";
import { DmaBuf } from "../dmabuf/dma_buf.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import { copyIn, copyOut, isNull } from "../user_memory.ts";
import type { KbaseFile } from "./_kbase_file.ts";
import {
  CACHED_CPU,
  checkAllocFlags,
  checkAllocSizes,
  checkImportFlags,
  COHERENT_LOCAL,
  COHERENT_REQUIRED,
  COHERENT_SYSTEM,
  CSF_EVENT,
  DONT_NEED,
  GPU_EX,
  isKernelOnly,
  MODIFIABLE,
  NEED_MMAP,
  QUERYABLE,
  SAME_VA,
  settleCoherency,
  UNCACHED_GPU,
} from "./_kbase_flags.ts";
import { Region } from "./_kbase_region.ts";

const { constants, ioctls, structs } = uapi;

/** One call; `run` gets the kernel's copy of the argument. */
export interface KbaseIoctl {
  /** Its request code on that file's GPU. */
  readonly code: (file: KbaseFile) => number;
  readonly run: (file: KbaseFile, block: Block) => number;
}

function entry({ code }: IoctlDefinition, run: KbaseIoctl["run"]): KbaseIoctl {
  return { code: () => code, run };
}

/** BASEP_CONTEXT_CREATE_KERNEL_FLAGS: SUBMIT_DISABLED and the number of a memory group. */
const CONTEXT_FLAGS = 0x7a;
/** The job manager's version from which on SET_FLAGS makes the context. */
const FLAGS_MAKE_CONTEXT = 15;

/** mali_kbase_supports_system_monitor(). */
function flagsMakeContext({ device, version, setup }: KbaseFile): boolean {
  if (setup === "version") return false;
  return device.csf || version.major > 11 ||
    (version.major === 11 && version.minor >= FLAGS_MAKE_CONTEXT);
}

/** kbase_api_handshake(). */
function checkVersion(file: KbaseFile, block: Block): number {
  const type = structs.kbase_ioctl_version_check;
  const own = file.device.version;
  const asked = decode(type, block);
  const minor = asked.major === own.major ? Math.min(own.minor, asked.minor) : own.minor;
  // Told even where it is refused.
  store(type, block, { major: own.major, minor });
  if (file.setup !== "version") return -errno.EPERM;
  file.version = { major: own.major, minor };
  file.setup = "context";
  // Clients of old made no difference between version and flags.
  if (!flagsMakeContext(file)) file.setup = "complete";
  return 0;
}

/** kbase_api_set_flags(). */
function setFlags(file: KbaseFile, block: Block): number {
  const { create_flags } = decode(structs.kbase_ioctl_set_flags, block);
  if ((create_flags & ~CONTEXT_FLAGS) !== 0) return -errno.EINVAL;
  if (!flagsMakeContext(file)) return file.setup === "complete" ? 0 : -errno.EPERM;
  if (file.setup !== "context") return -errno.EPERM;
  file.setup = "complete";
  return 0;
}

const { VERSION_CHECK_CSF: csfCheck, VERSION_CHECK_JM: jmCheck } = ioctls;

/** What may be called before the context is there. */
export const setupIoctls: readonly KbaseIoctl[] = [
  { code: ({ device }) => (device.csf ? csfCheck : jmCheck).code, run: checkVersion },
  // KBASE_IOCTL_VERSION_CHECK_RESERVED: the other GPUs' number.
  { code: ({ device }) => (device.csf ? jmCheck : csfCheck).code, run: () => -errno.EPERM },
  entry(ioctls.SET_FLAGS, setFlags),
];

/** Copies out what a pointer and its size have room for: the number of bytes, or -errno. */
function tell(
  pointer: Block | bigint,
  bytes: Uint8Array<ArrayBuffer>,
): number {
  return copyOut(pointer, bytes) ? bytes.length : -errno.EFAULT;
}

function getGpuProps({ device }: KbaseFile, block: Block): number {
  const { buffer, size, flags } = decode(structs.kbase_ioctl_get_gpuprops, block);
  if (flags !== 0) return -errno.EINVAL;
  const { properties } = device;
  if (size === 0) return properties.length;
  return size < properties.length ? -errno.EINVAL : tell(buffer, properties);
}

function getDdkVersion({ device }: KbaseFile, block: Block): number {
  const { version_buffer, size } = decode(structs.kbase_ioctl_get_ddk_version, block);
  const text = new TextEncoder().encode(`${device.releaseText}\0`);
  if (isNull(version_buffer)) return text.length;
  return size < text.length ? -errno.EOVERFLOW : tell(version_buffer, text);
}

/** kbase_api_mem_alloc(), kbase_mem_alloc(). */
function memAlloc(file: KbaseFile, block: Block): number {
  const { device } = file;
  const { csf, machine } = device;
  const type = structs.kbase_ioctl_mem_alloc;
  const asked = decode(type, block).in;
  const { va_pages: pages = 0n, commit_pages: commit = 0n, extension = 0n } = asked;
  let wide = asked.flags ?? 0n;
  if (!file.mayAllocate) return -errno.EINVAL;
  if (isKernelOnly(wide, csf)) return -errno.ENOMEM;
  // Every 64-bit client, since no call here makes a zone for executable memory.
  wide |= BigInt(SAME_VA);
  const isEvent = csf && (wide & BigInt(CSF_EVENT)) !== 0n;
  if (isEvent) wide |= BigInt(CACHED_CPU | COHERENT_SYSTEM);
  if (!checkAllocFlags(wide, csf)) return -errno.ENOMEM;
  let flags = settleCoherency(Number(wide), device.coherent);
  if (flags === null) return -errno.ENOMEM;
  const sizes = { pages, commit, extension };
  if (!checkAllocSizes(sizes, flags, Number(file.page), csf)) return -errno.ENOMEM;
  if (commit * file.page > machine.memoryBytes) return -errno.ENOMEM;
  if (isEvent && !device.coherent) flags &= ~CACHED_CPU;
  const memory = new AnonymousMemory(machine.model, Number(commit * file.page));
  const region = new Region(
    Number(pages * file.page),
    flags,
    { kind: "native", memory },
    device.jobs,
    device.coherency,
  );
  const cookie = file.addPending(region);
  if (cookie === null) {
    region.put();
    return -errno.ENOMEM;
  }
  store(type, block, { out: { flags: BigInt(flags), gpu_va: cookie } });
  return 0;
}

/** kbase_mem_from_umm(): the dma-buf's region, or null for whatever went wrong. */
function importDmaBuf(
  { device }: KbaseFile,
  fd: number,
  flags: number,
  paddingBytes: number,
): Region | null {
  const dmaBuf = device.machine.fds.get(fd);
  if (!(dmaBuf instanceof DmaBuf)) return null;
  const attachment = dmaBuf.attach(device, device.board.mapsImports === "at-import");
  if (typeof attachment === "number") return null;
  return new Region(
    dmaBuf.bytes + paddingBytes,
    flags & ~GPU_EX,
    { kind: "umm", attachment },
    device.jobs,
    device.coherency,
  );
}

/** kbase_api_mem_import(), kbase_mem_import(). */
function memImport(file: KbaseFile, block: Block): number {
  const { device } = file;
  const type = structs.kbase_ioctl_mem_import;
  const asked = decode(type, block).in;
  const { flags: given = 0n, phandle = 0n, padding = 0 } = asked;
  const refuse = (): number => {
    store(type, block, { out: { flags: 0n, gpu_va: 0n, va_pages: 0n } });
    return -errno.ENOMEM;
  };
  if (isKernelOnly(given, device.csf)) return -errno.ENOMEM;
  const wide = given | BigInt(SAME_VA);
  if (!checkImportFlags(wide, device.csf)) return refuse();
  const settled = settleCoherency(Number(wide), device.coherent);
  // Memory of the process itself (USER_BUFFER) is not simulated.
  if (settled === null || asked.type !== constants.BASE_MEM_IMPORT_TYPE_UMM) return refuse();
  const word = copyIn(phandle, 4);
  if (word === null) return refuse();
  const fd = new DataView(word.bytes.buffer, word.bytes.byteOffset).getInt32(0, true);
  const flags = (settled & ~SAME_VA) | CACHED_CPU | NEED_MMAP;
  const region = importDmaBuf(file, fd, flags, padding * Number(file.page));
  if (region === null) return refuse();
  const cookie = file.addPending(region);
  if (cookie === null) {
    region.put();
    return refuse();
  }
  const va_pages = BigInt(region.bytes) / file.page;
  store(type, block, { out: { flags: BigInt(flags), gpu_va: cookie, va_pages } });
  return 0;
}

/** kbase_mem_query(). */
function memQuery(file: KbaseFile, block: Block): number {
  const type = structs.kbase_ioctl_mem_query;
  const { gpu_addr = 0n, query = 0n } = decode(type, block).in;
  if (gpu_addr % file.page !== 0n) return -errno.EINVAL;
  const region = file.regions.get(gpu_addr);
  if (region === undefined) return -errno.EINVAL;
  const values: Readonly<Record<string, bigint>> = {
    [constants.KBASE_MEM_QUERY_COMMIT_SIZE]: BigInt(region.backedBytes) / file.page,
    [constants.KBASE_MEM_QUERY_VA_SIZE]: BigInt(region.bytes) / file.page,
    [constants.KBASE_MEM_QUERY_FLAGS]: BigInt(queriedFlags(region)),
  };
  const value = values[String(query)];
  store(type, block, { out: { value: value ?? 0n } });
  return value === undefined ? -errno.EINVAL : 0;
}

/** What the region is, not what was asked: a required coherency reads back as coherency. */
function queriedFlags({ flags }: Region): number {
  const shared = (flags & (COHERENT_SYSTEM | COHERENT_REQUIRED)) !== 0;
  // Shareability means nothing to memory that the GPU does not cache.
  if ((flags & UNCACHED_GPU) !== 0) return flags & QUERYABLE & ~(COHERENT_SYSTEM | COHERENT_LOCAL);
  return (flags & QUERYABLE) | (shared ? COHERENT_SYSTEM : 0);
}

/** kbase_mem_free(). */
function memFree(file: KbaseFile, block: Block): number {
  const { gpu_addr } = decode(structs.kbase_ioctl_mem_free, block);
  if (gpu_addr === 0n || (gpu_addr % file.page !== 0n && gpu_addr >= file.page)) {
    return -errno.EINVAL;
  }
  const cookie = file.cookieAt(gpu_addr);
  const region = cookie === undefined ? undefined : file.pending.get(cookie);
  // An address of memory that lies alike for CPU and GPU is freed by munmap alone: EINVAL, too.
  if (cookie === undefined || region === undefined) return -errno.EINVAL;
  file.pending.delete(cookie);
  region.put();
  return 0;
}

/** kbase_sync_now(), kbase_do_syncset(). */
function memSync(file: KbaseFile, block: Block): number {
  const { handle, user_addr, size, type } = decode(structs.kbase_ioctl_mem_sync, block);
  if (handle % file.page !== 0n) return -errno.EINVAL;
  if (type !== constants.BASE_SYNCSET_OP_MSYNC && type !== constants.BASE_SYNCSET_OP_CSYNC) {
    return -errno.EINVAL;
  }
  const way = type === constants.BASE_SYNCSET_OP_MSYNC ? "to-device" : "to-cpu";
  const region = file.regionAround(handle);
  if (region === undefined) return -errno.EINVAL;
  // Imports come first: neither address nor size is looked at.
  if (region.backing.kind === "umm") return region.syncImport(way);
  if ((region.flags & CACHED_CPU) === 0) return 0;
  // The address gives an offset, in whichever region it lies; the handle says whose bytes are meant.
  const offset = file.offsetOf(user_addr, size);
  if (offset === null) return -errno.EINVAL;
  const end = BigInt(offset) + size;
  if ((end + file.page - 1n) / file.page * file.page > BigInt(region.bytes)) return -errno.EINVAL;
  region.syncRange(way, offset, Number(size));
  return 0;
}

/** kbase_mem_commit(). */
function memCommit(file: KbaseFile, block: Block): number {
  const { gpu_addr, pages } = decode(structs.kbase_ioctl_mem_commit, block);
  if (gpu_addr % file.page !== 0n) return -errno.EINVAL;
  const region = file.regions.get(gpu_addr);
  if (region === undefined || region.backing.kind !== "native") return -errno.EINVAL;
  const bytes = pages * file.page;
  if (bytes > BigInt(region.bytes) || (region.flags & DONT_NEED) !== 0) return -errno.EINVAL;
  if (bytes > file.device.machine.memoryBytes) return -errno.ENOMEM;
  region.backing.memory.resize(Number(bytes));
  return 0;
}

/** kbase_mem_flags_change(): 32 bits of both words count. */
function memFlagsChange(file: KbaseFile, block: Block): number {
  const change = decode(structs.kbase_ioctl_mem_flags_change, block);
  if (isKernelOnly(change.flags, file.device.csf)) return -errno.ENOMEM;
  const { gpu_va } = change;
  const mask = Number(BigInt.asUintN(32, change.mask));
  const flags = Number(BigInt.asUintN(32, change.flags)) & mask;
  if (gpu_va === 0n || (gpu_va % file.page !== 0n && gpu_va >= file.page)) return -errno.EINVAL;
  if ((mask & ~MODIFIABLE) !== 0) return -errno.EINVAL;
  const region = file.regions.get(gpu_va);
  if (region === undefined) return -errno.EINVAL;
  const native = region.backing.kind === "native";
  if (((region.flags ^ flags) & DONT_NEED) !== 0) {
    if (!native) return -errno.EINVAL;
    region.flags = (region.flags & ~DONT_NEED) | (flags & DONT_NEED);
    // kbase_mem_evictable_make() has set the result; taking it back leaves it as it began.
    return (flags & DONT_NEED) !== 0 ? 0 : -errno.EINVAL;
  }
  if (native) return -errno.EINVAL;
  if ((region.flags & UNCACHED_GPU) !== 0) return 0;
  const coherent = COHERENT_SYSTEM | COHERENT_LOCAL;
  const wanted = (flags & COHERENT_SYSTEM) !== 0 ? COHERENT_SYSTEM : flags & COHERENT_LOCAL;
  region.flags = (region.flags & ~coherent) | wanted;
  return 0;
}

/** What needs a context. */
export const memoryIoctls: readonly KbaseIoctl[] = [
  entry(ioctls.GET_GPUPROPS, getGpuProps),
  entry(ioctls.MEM_ALLOC, memAlloc),
  entry(ioctls.MEM_QUERY, memQuery),
  entry(ioctls.MEM_FREE, memFree),
  entry(ioctls.GET_DDK_VERSION, getDdkVersion),
  entry(ioctls.MEM_SYNC, memSync),
  entry(ioctls.MEM_COMMIT, memCommit),
  entry(ioctls.MEM_IMPORT, memImport),
  entry(ioctls.MEM_FLAGS_CHANGE, memFlagsChange),
];
