/**
 * kbase: Arm's own Mali driver (`/dev/mali0`), which is not in Linux and no DRM driver. Buffers are
 * GPU addresses, not GEM handles.
 *
 * Layouts and values are those of the headers of its release r35p0-01eac0 (mali_kbase_ioctl.h,
 * mali_base_kernel.h); the calls here have them from r16p0 to r54p1. Only what concerns buffers is
 * listed. Type 0x80, no letter.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { array, nested, pointer, struct, u16, u32, u64, u8, union } from "../struct.ts";

const TYPE = 0x80;

const memoryFlags = {
  prefix: "BASE_MEM_",
  flags: {
    PROT_CPU_RD: 1,
    PROT_CPU_WR: 2,
    PROT_GPU_RD: 4,
    PROT_GPU_WR: 8,
    PROT_GPU_EX: 0x10,
    GPU_VA_SAME_4GB_PAGE: 0x40,
    GROW_ON_GPF: 0x200,
    COHERENT_SYSTEM: 0x400,
    COHERENT_LOCAL: 0x800,
    CACHED_CPU: 0x1000,
    SAME_VA: 0x2000,
    NEED_MMAP: 0x4000,
    COHERENT_SYSTEM_REQUIRED: 0x8000,
    PROTECTED: 0x1_0000,
    DONT_NEED: 0x2_0000,
    IMPORT_SHARED: 0x4_0000,
    CSF_EVENT: 0x8_0000,
    TILER_ALIGN_TOP: 0x10_0000,
    UNCACHED_GPU: 0x20_0000,
    IMPORT_SYNC_ON_MAP_UNMAP: 0x400_0000,
    KERNEL_SYNC: 0x1000_0000,
  },
};

const kbase_ioctl_version_check = struct("kbase_ioctl_version_check", {
  major: u16(),
  minor: u16(),
});

const kbase_ioctl_set_flags = struct("kbase_ioctl_set_flags", {
  create_flags: u32({
    prefix: "BASE_CONTEXT_",
    flags: { CCTX_EMBEDDED: 1, SYSTEM_MONITOR_SUBMIT_DISABLED: 2 },
  }),
});

const kbase_ioctl_get_gpuprops = struct("kbase_ioctl_get_gpuprops", {
  buffer: pointer("bytes", { count: "size" }),
  size: u32(),
  flags: u32(),
});

const kbase_ioctl_mem_alloc = union("kbase_ioctl_mem_alloc", {
  in: nested(struct("", {
    va_pages: u64(),
    commit_pages: u64(),
    extension: u64(),
    flags: u64(memoryFlags),
  })),
  out: nested(struct("", { flags: u64(memoryFlags), gpu_va: u64() })),
});

const kbase_ioctl_mem_query = union("kbase_ioctl_mem_query", {
  in: nested(struct("", {
    gpu_addr: u64(),
    query: u64({
      prefix: "KBASE_MEM_QUERY_",
      values: { COMMIT_SIZE: 1, VA_SIZE: 2, FLAGS: 3 },
    }),
  })),
  out: nested(struct("", { value: u64() })),
});

const kbase_ioctl_mem_free = struct("kbase_ioctl_mem_free", { gpu_addr: u64() });

const kbase_ioctl_get_ddk_version = struct("kbase_ioctl_get_ddk_version", {
  version_buffer: pointer("string", { count: "size" }),
  size: u32(),
  padding: u32(),
});

const kbase_ioctl_mem_sync = struct("kbase_ioctl_mem_sync", {
  handle: u64(),
  user_addr: u64(),
  size: u64(),
  type: u8({ prefix: "BASE_SYNCSET_OP_", values: { MSYNC: 1, CSYNC: 2 } }),
  padding: array(1, 7),
});

const kbase_ioctl_mem_commit = struct("kbase_ioctl_mem_commit", {
  gpu_addr: u64(),
  pages: u64(),
});

const kbase_ioctl_mem_import = union("kbase_ioctl_mem_import", {
  in: nested(struct("", {
    flags: u64(memoryFlags),
    phandle: pointer("u32"),
    type: u32({ prefix: "BASE_MEM_IMPORT_TYPE_", values: { UMM: 2, USER_BUFFER: 3 } }),
    padding: u32(),
  })),
  out: nested(struct("", { flags: u64(memoryFlags), gpu_va: u64(), va_pages: u64() })),
});

const kbase_ioctl_mem_flags_change = struct("kbase_ioctl_mem_flags_change", {
  gpu_va: u64(),
  flags: u64(memoryFlags),
  mask: u64(memoryFlags),
});

/** mali_kbase_ioctl.h. */
export const kbase = {
  name: "kbase",
  section: "kbase",
  header: "mali_kbase_ioctl.h",
  structs: {
    kbase_ioctl_version_check,
    kbase_ioctl_set_flags,
    kbase_ioctl_get_gpuprops,
    kbase_ioctl_mem_alloc,
    kbase_ioctl_mem_query,
    kbase_ioctl_mem_free,
    kbase_ioctl_get_ddk_version,
    kbase_ioctl_mem_sync,
    kbase_ioctl_mem_commit,
    kbase_ioctl_mem_import,
    kbase_ioctl_mem_flags_change,
  },
  constants: {
    KBASE_IOCTL_TYPE: 0x80,
    KBASE_MEM_QUERY_COMMIT_SIZE: 1,
    KBASE_MEM_QUERY_VA_SIZE: 2,
    KBASE_MEM_QUERY_FLAGS: 3,
    BASE_MEM_PROT_CPU_RD: 1,
    BASE_MEM_PROT_CPU_WR: 2,
    BASE_MEM_PROT_GPU_RD: 4,
    BASE_MEM_PROT_GPU_WR: 8,
    BASE_MEM_PROT_GPU_EX: 0x10,
    BASE_MEM_GPU_VA_SAME_4GB_PAGE: 0x40,
    BASE_MEM_GROW_ON_GPF: 0x200,
    BASE_MEM_COHERENT_SYSTEM: 0x400,
    BASE_MEM_COHERENT_LOCAL: 0x800,
    BASE_MEM_CACHED_CPU: 0x1000,
    BASE_MEM_SAME_VA: 0x2000,
    BASE_MEM_NEED_MMAP: 0x4000,
    BASE_MEM_COHERENT_SYSTEM_REQUIRED: 0x8000,
    BASE_MEM_PROTECTED: 0x1_0000,
    BASE_MEM_DONT_NEED: 0x2_0000,
    BASE_MEM_IMPORT_SHARED: 0x4_0000,
    BASE_MEM_CSF_EVENT: 0x8_0000,
    BASE_MEM_TILER_ALIGN_TOP: 0x10_0000,
    BASE_MEM_UNCACHED_GPU: 0x20_0000,
    BASE_MEM_IMPORT_SYNC_ON_MAP_UNMAP: 0x400_0000,
    BASE_MEM_KERNEL_SYNC: 0x1000_0000,
    BASE_MEM_IMPORT_TYPE_UMM: 2,
    BASE_MEM_IMPORT_TYPE_USER_BUFFER: 3,
    BASE_SYNCSET_OP_MSYNC: 1,
    BASE_SYNCSET_OP_CSYNC: 2,
    BASE_CONTEXT_CCTX_EMBEDDED: 1,
    BASE_CONTEXT_SYSTEM_MONITOR_SUBMIT_DISABLED: 2,
    KBASE_GPUPROP_VALUE_SIZE_U8: 0,
    KBASE_GPUPROP_VALUE_SIZE_U16: 1,
    KBASE_GPUPROP_VALUE_SIZE_U32: 2,
    KBASE_GPUPROP_VALUE_SIZE_U64: 3,
    KBASE_GPUPROP_PRODUCT_ID: 1,
    KBASE_GPUPROP_VERSION_STATUS: 2,
    KBASE_GPUPROP_MINOR_REVISION: 3,
    KBASE_GPUPROP_MAJOR_REVISION: 4,
    KBASE_GPUPROP_L2_LOG2_LINE_SIZE: 13,
    KBASE_GPUPROP_RAW_COHERENCY_MODE: 60,
  },
  ioctls: {
    VERSION_CHECK_JM: ioctl({
      name: "KBASE_IOCTL_VERSION_CHECK_JM",
      direction: "RW",
      type: TYPE,
      number: 0,
      struct: kbase_ioctl_version_check,
      note: "Job manager GPUs; EPERM on the others, and a second time on a file.",
      nodes: "file",
    }),
    SET_FLAGS: ioctl({
      name: "KBASE_IOCTL_SET_FLAGS",
      direction: "W",
      type: TYPE,
      number: 1,
      struct: kbase_ioctl_set_flags,
      note: "After the version check, before everything else; EPERM a second time on a file.",
      nodes: "file",
    }),
    GET_GPUPROPS: ioctl({
      name: "KBASE_IOCTL_GET_GPUPROPS",
      direction: "W",
      type: TYPE,
      number: 3,
      struct: kbase_ioctl_get_gpuprops,
      note: "Returns the bytes that there are; a size of 0 only asks for them.",
      nodes: "file",
    }),
    MEM_ALLOC: ioctl({
      name: "KBASE_IOCTL_MEM_ALLOC",
      direction: "RW",
      type: TYPE,
      number: 5,
      struct: kbase_ioctl_mem_alloc,
      note: "Gives a cookie to map once; ENOMEM for whatever it does not like.",
      nodes: "file",
      varies: { "out.gpu_va": "fake offset" },
    }),
    MEM_QUERY: ioctl({
      name: "KBASE_IOCTL_MEM_QUERY",
      direction: "RW",
      type: TYPE,
      number: 6,
      struct: kbase_ioctl_mem_query,
      nodes: "file",
      varies: { "in.gpu_addr": "address" },
    }),
    MEM_FREE: ioctl({
      name: "KBASE_IOCTL_MEM_FREE",
      direction: "W",
      type: TYPE,
      number: 7,
      struct: kbase_ioctl_mem_free,
      note: "For a cookie that was never mapped; mapped memory is freed by munmap(2).",
      nodes: "file",
      varies: { gpu_addr: "fake offset" },
    }),
    GET_DDK_VERSION: ioctl({
      name: "KBASE_IOCTL_GET_DDK_VERSION",
      direction: "W",
      type: TYPE,
      number: 13,
      struct: kbase_ioctl_get_ddk_version,
      note: "Returns the bytes of the text; a null buffer only asks for them.",
      nodes: "file",
    }),
    MEM_SYNC: ioctl({
      name: "KBASE_IOCTL_MEM_SYNC",
      direction: "W",
      type: TYPE,
      number: 15,
      struct: kbase_ioctl_mem_sync,
      note:
        "One range, by the address of a CPU mapping; an import is synced whole, whatever the range.",
      nodes: "file",
      varies: { handle: "address", user_addr: "address" },
    }),
    MEM_COMMIT: ioctl({
      name: "KBASE_IOCTL_MEM_COMMIT",
      direction: "W",
      type: TYPE,
      number: 20,
      struct: kbase_ioctl_mem_commit,
      nodes: "file",
      varies: { gpu_addr: "address" },
    }),
    MEM_IMPORT: ioctl({
      name: "KBASE_IOCTL_MEM_IMPORT",
      direction: "RW",
      type: TYPE,
      number: 22,
      struct: kbase_ioctl_mem_import,
      note: "phandle points to the descriptor of a dma-buf; ENOMEM for whatever it does not like.",
      nodes: "file",
      varies: { "in.phandle": "descriptor", "out.gpu_va": "fake offset" },
    }),
    MEM_FLAGS_CHANGE: ioctl({
      name: "KBASE_IOCTL_MEM_FLAGS_CHANGE",
      direction: "W",
      type: TYPE,
      number: 23,
      struct: kbase_ioctl_mem_flags_change,
      note: "Coherency of imports, and DONT_NEED.",
      nodes: "file",
      varies: { gpu_va: "address" },
    }),
    VERSION_CHECK_CSF: ioctl({
      name: "KBASE_IOCTL_VERSION_CHECK_CSF",
      direction: "RW",
      type: TYPE,
      number: 52,
      struct: kbase_ioctl_version_check,
      note: "Command stream GPUs; EPERM on the others, and a second time on a file.",
      nodes: "file",
    }),
  },
} as const satisfies UapiTable;
