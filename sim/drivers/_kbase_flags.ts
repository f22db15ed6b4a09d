/**
 * The flags of kbase's memory, checked in the order of mali_kbase_mem.c. Callers learn nothing of
 * which check it was: every refusal is ENOMEM.
 *
 * @module
 */
import { kbase as uapi } from "../../ffi/uapi/kbase.ts";

const c = uapi.constants;
export const CPU_RD = c.BASE_MEM_PROT_CPU_RD;
export const CPU_WR = c.BASE_MEM_PROT_CPU_WR;
export const GPU_RD = c.BASE_MEM_PROT_GPU_RD;
export const GPU_WR = c.BASE_MEM_PROT_GPU_WR;
export const GPU_EX = c.BASE_MEM_PROT_GPU_EX;
export const CACHED_CPU = c.BASE_MEM_CACHED_CPU;
export const SAME_VA = c.BASE_MEM_SAME_VA;
export const NEED_MMAP = c.BASE_MEM_NEED_MMAP;
export const COHERENT_SYSTEM = c.BASE_MEM_COHERENT_SYSTEM;
export const COHERENT_LOCAL = c.BASE_MEM_COHERENT_LOCAL;
export const COHERENT_REQUIRED = c.BASE_MEM_COHERENT_SYSTEM_REQUIRED;
export const UNCACHED_GPU = c.BASE_MEM_UNCACHED_GPU;
export const DONT_NEED = c.BASE_MEM_DONT_NEED;
export const CSF_EVENT = c.BASE_MEM_CSF_EVENT;
const GROW = c.BASE_MEM_GROW_ON_GPF;
const TILER_ALIGN_TOP = c.BASE_MEM_TILER_ALIGN_TOP;
const SAME_4GB = c.BASE_MEM_GPU_VA_SAME_4GB_PAGE;
const PROTECTED = c.BASE_MEM_PROTECTED;
const IMPORT_SHARED = c.BASE_MEM_IMPORT_SHARED;
const SYNC_ON_MAP = c.BASE_MEM_IMPORT_SYNC_ON_MAP_UNMAP;

/** BASE_MEM_FLAGS_NR_BITS. */
function known(csf: boolean): bigint {
  return (1n << (csf ? 29n : 30n)) - 1n;
}

/** BASEP_MEM_FLAGS_KERNEL_ONLY: PERMANENT_KERNEL_MAPPING, NO_USER_FREE, PERFORM_JIT_TRIM. */
export function isKernelOnly(flags: bigint, csf: boolean): boolean {
  return (flags & (csf ? 0xa0n : 0x2000_00a0n)) !== 0n;
}

/** BASE_MEM_FLAGS_QUERYABLE without the group, of which there is one. */
export const QUERYABLE = CPU_RD | CPU_WR | GPU_RD | GPU_WR | GPU_EX | SAME_4GB | GROW |
  COHERENT_SYSTEM | COHERENT_LOCAL | CACHED_CPU | PROTECTED | CSF_EVENT | TILER_ALIGN_TOP |
  UNCACHED_GPU;

/** BASE_MEM_FLAGS_MODIFIABLE. */
export const MODIFIABLE = DONT_NEED | COHERENT_SYSTEM | COHERENT_LOCAL;

function isInput(flags: bigint, csf: boolean): boolean {
  return (flags & ~(known(csf) & ~BigInt(NEED_MMAP))) === 0n && flags !== 0n;
}

/** kbase_check_alloc_flags(). */
export function checkAllocFlags(wide: bigint, csf: boolean): boolean {
  if (!isInput(wide, csf)) return false;
  const flags = Number(wide);
  const any = (bits: number): boolean => (flags & bits) !== 0;
  if (!any(CPU_RD | GPU_RD) || !any(CPU_WR | GPU_WR)) return false;
  if (any(GPU_EX) && any(GPU_WR | GROW)) return false;
  if (!csf && any(GPU_EX) && any(TILER_ALIGN_TOP)) return false;
  if (any(SAME_4GB) && any(GPU_EX)) return false;
  if (!csf && any(SAME_4GB) && any(TILER_ALIGN_TOP)) return false;
  if (!any(GPU_RD | GPU_WR)) return false;
  if (any(IMPORT_SHARED) || any(SYNC_ON_MAP)) return false;
  return !(any(COHERENT_LOCAL) && any(COHERENT_SYSTEM));
}

/** kbase_check_import_flags(). */
export function checkImportFlags(wide: bigint, csf: boolean): boolean {
  if (!isInput(wide, csf)) return false;
  const flags = Number(wide);
  const any = (bits: number): boolean => (flags & bits) !== 0;
  if (any(GPU_EX | GROW) || (!csf && any(TILER_ALIGN_TOP))) return false;
  if (!any(GPU_RD | GPU_WR)) return false;
  return !(any(PROTECTED) && any(CPU_RD));
}

/**
 * What coherency makes of flags: a required one that is not there is null; a wished one is taken
 * away (kbase_mem_alloc(), kbase_mem_import()).
 */
export function settleCoherency(flags: number, coherent: boolean): number | null {
  const uncached = (flags & UNCACHED_GPU) !== 0;
  const left = uncached ? flags & ~COHERENT_REQUIRED : flags;
  if (coherent) return left;
  return (left & COHERENT_REQUIRED) !== 0 ? null : left & ~COHERENT_SYSTEM;
}

/** A size in pages that kbase_check_alloc_sizes() lets through. */
export function checkAllocSizes(
  { pages, commit, extension }: { pages: bigint; commit: bigint; extension: bigint },
  flags: number,
  pageBytes: number,
  csf: boolean,
): boolean {
  const page = BigInt(pageBytes);
  if (pages === 0n || pages > (8n << 30n) / page) return false;
  const aligned = !csf && (flags & TILER_ALIGN_TOP) !== 0;
  const grows = (flags & GROW) !== 0;
  if (grows || aligned ? extension === 0n : extension !== 0n) return false;
  if (aligned) {
    if (extension > (2n << 20n) / page || (extension & (extension - 1n)) !== 0n) return false;
    if (commit > extension) return false;
  }
  if ((flags & SAME_4GB) !== 0 && pages > (4n << 30n) / page) return false;
  return commit <= pages;
}
