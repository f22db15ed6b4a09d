/**
 * Calls of the DRM core and of dma-bufs, as they are: what the other commands would refuse. On the
 * faster guests only: this part of the kernel is the same on both architectures.
 */
import { type Case, table } from "../_case.ts";
import { amd64, arm64 } from "../_machine.ts";

const made = "create --on card0 --size 4KiB --as a";
const exported = `${made} , export a --rdwr --as d`;
const before = ["amd64-6.12"] as const;
const since = ["amd64-7.2"] as const;

export const cases: readonly Case[] = table(amd64, [
  {
    name: "GET_CAP tells that vgem imports and exports",
    line: "ioctl card0 GET_CAP capability=PRIME",
    says: ["value=3"],
  },
  {
    name: "GET_CAP DUMB_BUFFER is EOPNOTSUPP on vgem, which has dumb buffers all the same",
    line: "ioctl card0 GET_CAP capability=DUMB_BUFFER",
    errno: "EOPNOTSUPP",
  },
  {
    name: "SET_CLIENT_CAP is EACCES on a render node",
    line: "ioctl renderD128 SET_CLIENT_CAP capability=ATOMIC value=1",
    errno: "EACCES",
  },
  {
    name: "GEM_FLINK is EACCES on a render node",
    line: "ioctl renderD128 GEM_FLINK handle=1",
    errno: "EACCES",
  },
  {
    name: "GEM_FLINK of an unknown handle is ENOENT",
    line: "ioctl card0 GEM_FLINK handle=99",
    errno: "ENOENT",
  },
  {
    name: "GEM_OPEN of an unknown name is ENOENT",
    line: "ioctl card0 GEM_OPEN name=99",
    errno: "ENOENT",
  },
  {
    name: "GEM_CLOSE of handle 0 is EINVAL",
    line: "ioctl card0 GEM_CLOSE handle=0",
    errno: "EINVAL",
  },
  {
    name: "GEM_CLOSE of an unknown handle is EINVAL",
    line: "ioctl card0 GEM_CLOSE handle=99",
    errno: "EINVAL",
  },
  {
    name: "GEM_CLOSE does not look at pad",
    line: `${made} , ioctl card0 MODE_CREATE_DUMB height=1 width=1 bpp=32 ,` +
      " ioctl card0 GEM_CLOSE handle=2 pad=1",
  },
  {
    name: "MODE_CREATE_DUMB tells pitch and size",
    line: "ioctl card0 MODE_CREATE_DUMB height=2 width=3 bpp=32 , ioctl card0 GEM_CLOSE handle=1",
    says: ["size=4096"],
  },
  {
    name: "MODE_CREATE_DUMB of width 0 is EINVAL",
    line: "ioctl card0 MODE_CREATE_DUMB height=1 width=0 bpp=32",
    errno: "EINVAL",
  },
  {
    name: "MODE_CREATE_DUMB that overflows is EINVAL",
    line: "ioctl card0 MODE_CREATE_DUMB height=0xffffffff width=0xffffffff bpp=32",
    errno: "EINVAL",
  },
  {
    name: "MODE_CREATE_DUMB at a bad address is EFAULT",
    line: "ioctl card0 MODE_CREATE_DUMB raw=@0x10",
    errno: "EFAULT",
  },
  {
    name: "MODE_CREATE_DUMB on a render node is EACCES, whatever else is wrong",
    line: "ioctl renderD128 MODE_CREATE_DUMB height=0 width=0 bpp=0",
    errno: "EACCES",
  },
  {
    name: "MODE_MAP_DUMB on a render node is EACCES",
    line: "ioctl renderD128 MODE_MAP_DUMB handle=1",
    errno: "EACCES",
  },
  {
    name: "MODE_MAP_DUMB of an unknown handle is ENOENT",
    line: "ioctl card0 MODE_MAP_DUMB handle=99",
    errno: "ENOENT",
  },
  {
    name: "MODE_DESTROY_DUMB of an unknown handle is EINVAL",
    line: "ioctl card0 MODE_DESTROY_DUMB handle=99",
    errno: "EINVAL",
  },
  {
    name: "PRIME_HANDLE_TO_FD of an unknown handle is ENOENT",
    line: "ioctl card0 PRIME_HANDLE_TO_FD handle=99",
    errno: "ENOENT",
  },
  {
    name: "PRIME_HANDLE_TO_FD with flag 0x10 is EINVAL",
    line: `${made} , ioctl card0 PRIME_HANDLE_TO_FD handle=%a flags=0x10`,
    errno: "EINVAL",
  },
  {
    name: "PRIME_HANDLE_TO_FD with O_WRONLY is EINVAL",
    line: `${made} , ioctl card0 PRIME_HANDLE_TO_FD handle=%a flags=1`,
    errno: "EINVAL",
  },
  {
    name: "PRIME_HANDLE_TO_FD checks its flags before the handle",
    line: "ioctl card0 PRIME_HANDLE_TO_FD handle=99 flags=0x10",
    errno: "EINVAL",
  },
  {
    name: "a dma-buf that a raw call returned is held by name",
    line: `${made} , ioctl card0 PRIME_HANDLE_TO_FD handle=%a flags=RDWR|CLOEXEC ,` +
      " mmap db1 --write 0=31 --read 0:1",
    says: ["db1: the dma-buf that it returned", "31"],
  },
  {
    name: "PRIME_FD_TO_HANDLE of no descriptor is EBADF",
    line: "ioctl card0 PRIME_FD_TO_HANDLE fd=-1",
    errno: "EBADF",
  },
  {
    name: "PRIME_FD_TO_HANDLE of what is no dma-buf is EINVAL",
    line: "open card0 --as v , ioctl v PRIME_FD_TO_HANDLE fd=%v",
    errno: "EINVAL",
  },
  {
    name: "PRIME_FD_TO_HANDLE ignores its flags and works on a render node",
    line: `${exported} , ioctl renderD128 PRIME_FD_TO_HANDLE fd=%d flags=0xffff ,` +
      " ioctl renderD128 GEM_CLOSE handle=1",
  },
  {
    name: "a call of another driver is EINVAL, as a bad argument would be",
    line: "ioctl card0 PANTHOR_BO_SYNC --any-table",
    errno: "EINVAL",
  },
  {
    name: "a call of dma-bufs is ENOTTY on a DRM node",
    line: "ioctl card0 DMA_BUF_IOCTL_SYNC flags=1 --any-table",
    errno: "ENOTTY",
  },
  {
    name: "GEM_CHANGE_HANDLE is EINVAL: not there yet in 6.12, disabled in 7.2",
    line: `${made} , ioctl card0 GEM_CHANGE_HANDLE handle=%a new_handle=7`,
    errno: "EINVAL",
  },
  {
    name: "SYNCOBJ_CREATE is EOPNOTSUPP on vgem",
    line: "ioctl card0 SYNCOBJ_CREATE",
    errno: "EOPNOTSUPP",
  },
  {
    name: "VERSION tells name and version",
    line: "ioctl card0 VERSION name=buffer:16 desc=buffer:64",
    says: ["version_major=1", "vgem"],
  },
  {
    name: "SYNC with flags 0x100 is EINVAL",
    line: `${exported} , ioctl d SYNC flags=0x100`,
    errno: "EINVAL",
    says: ["DMA_BUF_IOCTL_SYNC on d"],
  },
  {
    name: "SYNC without a direction is EINVAL",
    line: `${exported} , ioctl d SYNC flags=0`,
    errno: "EINVAL",
  },
  {
    name: "SYNC END without a direction is EINVAL",
    line: `${exported} , ioctl d SYNC flags=END`,
    errno: "EINVAL",
  },
  {
    name: "SYNC at a bad address is EFAULT",
    line: `${exported} , ioctl d SYNC raw=@0x10`,
    errno: "EFAULT",
  },
  {
    name: "a call of DRM is ENOTTY on a dma-buf",
    line: `${exported} , ioctl d GEM_CLOSE handle=1 --any-table`,
    errno: "ENOTTY",
  },
  {
    name: "SET_NAME takes 31 characters",
    line: `${exported} , ioctl d SET_NAME argument=${"n".repeat(31)}`,
  },
  {
    name: "SET_NAME of 32 characters is EINVAL",
    line: `${exported} , ioctl d SET_NAME argument=${"n".repeat(32)}`,
    errno: "EINVAL",
  },
  {
    name: "SET_NAME names the dma-buf for all who hold it",
    line: `${exported} , ioctl d SET_NAME argument=frame , export a --as again , info again`,
    says: ['labelled "frame"'],
  },
  {
    name: "EXPORT_SYNC_FILE without a direction is EINVAL",
    line: `${exported} , ioctl d EXPORT_SYNC_FILE flags=0`,
    errno: "EINVAL",
  },
  {
    name: "EXPORT_SYNC_FILE of an idle buffer gives a descriptor",
    line: `${exported} , ioctl d EXPORT_SYNC_FILE flags=RW`,
    says: ["fd="],
  },
  {
    name: "IMPORT_SYNC_FILE of what is no sync_file is EINVAL",
    line: `${exported} , ioctl d IMPORT_SYNC_FILE flags=WRITE fd=%d`,
    errno: "EINVAL",
  },
  {
    name: "FENCE_ATTACH of an unknown handle is ENOENT",
    line: "ioctl card0 FENCE_ATTACH handle=99",
    errno: "ENOENT",
  },
  {
    name: "FENCE_ATTACH with unknown flags is EINVAL",
    line: `${made} , ioctl card0 FENCE_ATTACH handle=%a flags=2`,
    errno: "EINVAL",
  },
  {
    name: "FENCE_ATTACH against a fence for writing is EBUSY until it is signalled",
    line: `${made} , ioctl card0 FENCE_ATTACH handle=%a flags=WRITE ,` +
      " ioctl card0 FENCE_ATTACH handle=%a flags=WRITE",
    errno: "EBUSY",
  },
  {
    name: "a fence that was signalled lets begin through at once",
    line: `${exported} , ioctl card0 FENCE_ATTACH handle=%a flags=WRITE ,` +
      " ioctl card0 FENCE_SIGNAL fence=1 , sync d --op begin --access r --whole ," +
      " sync d --op end --access r --whole",
  },
  {
    name: "FENCE_SIGNAL of an unknown fence is ENOENT",
    line: "ioctl card0 FENCE_SIGNAL fence=99",
    errno: "ENOENT",
  },
  {
    name: "SET_CLIENT_NAME is not there before 6.13",
    on: before,
    line: "ioctl card0 SET_CLIENT_NAME name=boctl",
    errno: "EINVAL",
  },
  {
    name: "SET_CLIENT_NAME takes a name",
    on: since,
    line: "ioctl card0 SET_CLIENT_NAME name=boctl name_len=5",
  },
  {
    name: "SET_CLIENT_NAME of more than 64 bytes is EINVAL",
    on: since,
    line: "ioctl card0 SET_CLIENT_NAME name=buffer:65",
    errno: "EINVAL",
  },
  {
    name: "SET_CLIENT_NAME with a space is EINVAL",
    on: since,
    line: "ioctl card0 SET_CLIENT_NAME name=hex:6120 name_len=2",
    errno: "EINVAL",
  },
  {
    name: "devices lists each node of the PC",
    line: "devices",
    says: ["card0", "vgem", "card1", "virtio_gpu", "card2", "bochs-drm", "card3", "cirrus"]
      .concat(["renderD129", "heaps: system", "udmabuf: yes"]),
  },
  {
    name: "devices lists each node of the board with its coherency",
    on: arm64,
    line: "devices",
    says: ["78000000.gpu arm,mali-bifrost", "78300000.gpu rockchip,rk3588-mali", "renderD132"]
      .concat(["heaps: none", "udmabuf: yes"]),
  },
]);
