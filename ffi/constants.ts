/**
 * Generic flag values of open, mmap, fcntl, lseek, poll and memfd, as on x86-64 and aarch64.
 * Flags whose value differs by architecture (O_DIRECTORY, O_NOFOLLOW, …) are not used and not here.
 * Source: linux/include/uapi/asm-generic/{fcntl,mman-common,poll}.h, linux/{memfd,fcntl,magic}.h.
 *
 * @module
 */
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_ACCMODE = 3;
export const O_CREAT = 0o100;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;

export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;

export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_DUPFD_CLOEXEC = 1030;
export const F_ADD_SEALS = 1033;
export const F_GET_SEALS = 1034;
export const FD_CLOEXEC = 1;
export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;
export const F_SEAL_FUTURE_WRITE = 0x10;

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;

export const POLLIN = 1;
export const POLLOUT = 4;
export const POLLERR = 8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;

export const MFD_CLOEXEC = 1;
export const MFD_ALLOW_SEALING = 2;

/** f_type of a dma-buf: "DMAB", linux/magic.h. */
export const DMA_BUF_MAGIC = 0x444d4142;
