/** virtio_gpu of a host without 3D, blobs and contexts, as QEMU's virtio-gpu-pci is. */
import { type Case, table } from "../_case.ts";
import { amd64 } from "../_machine.ts";

const card = "card1";
const render = "renderD129";
const made = `create --on ${card} --size 8KiB --as a`;
const plain = "target=2 format=2 bind=2 width=16 height=16 depth=1 array_size=1";

export const cases: readonly Case[] = table(amd64, [
  {
    name: "virtio_gpu: a resource is made on either node, written and read back",
    line: `${made} , mmap a --write 0x1000=feed --read 0x1000:2 ,` +
      ` create --on ${render} --size 4KiB --as b , mmap b --write 0=77 --read 0:1`,
    says: ["8 KiB on virtio_gpu", "mapped write-back", "feed", "77"],
  },
  {
    name: "virtio_gpu: sizes are rounded to pages, and no bytes are a page",
    line: `create --on ${card} --size 5000 --as a , create --on ${card} --size 0 --as b ,` +
      " info a , info b , export b --rdwr --as d",
    says: ["8 KiB (8192 bytes)", "4 KiB (4096 bytes)", "d: dma-buf of b, 4 KiB"],
  },
  {
    name: "virtio_gpu: RESOURCE_INFO tells the size, and that it is no blob",
    line: `${made} , info a`,
    says: ["kernel says size:       8 KiB", "kernel says placement:  resource"],
  },
  {
    name: "virtio_gpu: --cached is what the guest's pages are",
    line: `create --on ${card} --size 4KiB --cached`,
    says: ["mapped write-back"],
  },
  {
    name: "virtio_gpu: --private is not supported",
    line: `create --on ${card} --size 4KiB --private`,
    exit: 77,
  },
  {
    name: "virtio_gpu: a blob of guest memory is EINVAL where the host has none",
    line: `create --on ${card} --size 4KiB --placement guest`,
    errno: "EINVAL",
    says: ["the host has no blobs"],
  },
  {
    name: "virtio_gpu: a blob of the host's memory is EINVAL, too",
    line: `create --on ${card} --size 4KiB --placement host3d`,
    errno: "EINVAL",
  },
  {
    name: "virtio_gpu: a resource is copied to the host",
    line: `${made} , mmap a --fill aa , sync a --op to-host --whole`,
    says: ["to-host (copy)"],
  },
  {
    name: "virtio_gpu: a dumb buffer is copied to the host, by its own shape",
    line: `create --on ${card} --dumb 64x64x32 --as a , sync a --op to-host --whole`,
    says: ["to-host (copy)"],
  },
  {
    name: "virtio_gpu: without 3D nothing comes back from the host",
    line: `${made} , sync a --op from-host --whole`,
    errno: "ENOSYS",
    says: ["without 3D"],
  },
  {
    name: "virtio_gpu: an idle buffer is waited for at once",
    line: `${made} , wait a`,
    says: ["DRM_IOCTL_VIRTGPU_WAIT"],
  },
  {
    name: "virtio_gpu: WAIT of an unknown handle is ENOENT",
    line: `ioctl ${render} WAIT handle=99 flags=NOWAIT`,
    errno: "ENOENT",
  },
  {
    name: "virtio_gpu: WAIT, NOWAIT, of an idle buffer is done",
    line: `${made} , ioctl ${card} WAIT handle=%a flags=NOWAIT`,
  },
  {
    name: "virtio_gpu: MAP of an unknown handle is ENOENT",
    line: `ioctl ${render} virtio_gpu.MAP handle=99`,
    errno: "ENOENT",
  },
  {
    name: "virtio_gpu: RESOURCE_INFO of an unknown handle is ENOENT",
    line: `ioctl ${render} RESOURCE_INFO bo_handle=99`,
    errno: "ENOENT",
  },
  {
    name: "virtio_gpu: TRANSFER_TO_HOST of an unknown handle is ENOENT",
    line: `ioctl ${render} TRANSFER_TO_HOST bo_handle=99`,
    errno: "ENOENT",
  },
  {
    name: "virtio_gpu: TRANSFER_FROM_HOST is ENOSYS before the handle is looked at",
    line: `ioctl ${render} TRANSFER_FROM_HOST bo_handle=99`,
    errno: "ENOSYS",
  },
  ...["depth", "nr_samples", "last_level", "array_size"].map((field) => ({
    name: `virtio_gpu: RESOURCE_CREATE without 3D refuses ${field} 2`,
    line: `ioctl ${render} RESOURCE_CREATE ${
      plain.replace(/ (depth|array_size)=1/g, "")
    } ${field}=2`,
    errno: "EINVAL",
  })),
  {
    name: "virtio_gpu: RESOURCE_CREATE without 3D refuses another target",
    line: `ioctl ${render} RESOURCE_CREATE ${plain.replace("target=2", "target=3")}`,
    errno: "EINVAL",
  },
  {
    name: "virtio_gpu: RESOURCE_CREATE without 3D makes what is plain",
    line: `ioctl ${render} RESOURCE_CREATE ${plain}`,
    says: ["bo_handle=1"],
  },
  {
    name: "virtio_gpu: RESOURCE_CREATE_BLOB checks nothing before it is refused",
    line: `ioctl ${render} RESOURCE_CREATE_BLOB blob_mem=99 blob_flags=0x100`,
    errno: "EINVAL",
  },
  {
    name: "virtio_gpu: CONTEXT_INIT is EINVAL without contexts",
    line: `ioctl ${render} CONTEXT_INIT num_params=0`,
    errno: "EINVAL",
  },
  {
    name: "virtio_gpu: EXECBUFFER is ENOSYS without 3D",
    line: `ioctl ${render} virtio_gpu.EXECBUFFER size=0`,
    errno: "ENOSYS",
  },
  {
    name: "virtio_gpu: an unknown parameter is EINVAL",
    line: `ioctl ${render} virtio_gpu.GETPARAM param=99`,
    errno: "EINVAL",
  },
  ...["3D_FEATURES", "RESOURCE_BLOB", "HOST_VISIBLE", "CROSS_DEVICE", "CONTEXT_INIT"].map((
    param,
  ) => ({
    name: `virtio_gpu: GETPARAM ${param} at a bad address is EFAULT: it is known`,
    line: `ioctl ${render} virtio_gpu.GETPARAM param=${param} value=@0x10`,
    errno: "EFAULT",
  })),
  {
    name: "virtio_gpu: a buffer of another device is ENODEV",
    line: "create --on card0 --size 4KiB --as x , export x --rdwr --as d ," +
      ` import d --on ${card}`,
    errno: "ENODEV",
  },
]);
