/**
 * virtio_gpu: a GPU of the host. Buffers are the guest's pages behind a resource of the host, or
 * blobs, where the host has them; without 3D the host knows two-dimensional resources alone.
 * Sources: drivers/gpu/drm/virtio/virtgpu_ioctl.c, virtgpu_object.c, include/uapi/drm/virtgpu_drm.h.
 *
 * @module
 */
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { isError } from "../ffi/kernel.ts";
import { virtioGpu as uapi } from "../ffi/uapi/virtio_gpu.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import {
  type BufferFacts,
  checkedCall,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  type OpenDevice,
  type QueriedBuffer,
  type SyncPlan,
} from "./driver.ts";
import { dumb } from "./dumb.ts";
import { flagWord } from "./flags.ts";

const { constants, ioctls } = uapi;
const flagNames = {
  mappable: constants.VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
  shareable: constants.VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
  "cross-device": constants.VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE,
};
const usualPlace = "resource";
/** `--placement`: a resource, or a blob of that memory. */
const blobs: Readonly<Record<string, number>> = {
  guest: constants.VIRTGPU_BLOB_MEM_GUEST,
  host3d: constants.VIRTGPU_BLOB_MEM_HOST3D,
  "host3d-guest": constants.VIRTGPU_BLOB_MEM_HOST3D_GUEST,
};

/** A `blob_mem` that no kernel writes. */
const UNWRITTEN = 0xffff_ffff;

/** PIPE_TEXTURE_2D, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM and a render target, which any host has. */
const PLAIN = { target: 2, format: 2, bind: 2, depth: 1, array_size: 1 };
/** Pixels a line of the resources that `--size` makes, four bytes each: a page of 4 KiB. */
const LINE = 1024;

/** GETPARAM; 0 where the kernel does not know the parameter. */
function parameter(device: OpenDevice, param: number): number {
  const value = { bytes: new Uint8Array(4) };
  const asked = { param: BigInt(param), value };
  const { result } = call(device.kernel, device.fd, ioctls.GETPARAM, asked);
  return isError(result) ? 0 : new DataView(value.bytes.buffer).getInt32(0, true);
}

/** What TRANSFER_TO_HOST has to be told of a buffer, which no call tells later. */
function rememberShape(device: OpenDevice, handle: number, width: number, height: number): void {
  device.scratch.set(`width of ${handle}`, width);
  device.scratch.set(`height of ${handle}`, height);
}

function pages(device: OpenDevice, size: bigint): number {
  const { pageSize } = device.kernel.identity;
  // A resource of no bytes is one of a page.
  return Math.max(1, Math.ceil(Number(size) / pageSize)) * pageSize;
}

function createResource(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.size > 0xffff_ffffn) {
    throw new UsageError(`--size: ${request.size} does not fit virtio_gpu's 32-bit size field`);
  }
  const size = pages(device, request.size);
  const height = Math.ceil(size / (LINE * 4));
  const { bo_handle: handle } = checkedCall(device, ioctls.RESOURCE_CREATE, {
    ...PLAIN,
    width: LINE,
    height,
    size: Number(request.size),
  });
  rememberShape(device, handle, LINE, height);
  return { handle, size, flagWord: 0, caching: "write-back", private: false };
}

function createBlob(device: OpenDevice, request: CreateRequest, flags: number): CreatedBuffer {
  const place = request.placement ?? usualPlace;
  const { bo_handle: handle } = checkedCall(
    device,
    ioctls.RESOURCE_CREATE_BLOB,
    { blob_mem: blobs[place] ?? 0, blob_flags: flags, size: request.size },
    (code) => {
      if (code !== errno.EINVAL) return undefined;
      if (parameter(device, constants.VIRTGPU_PARAM_RESOURCE_BLOB) === 0) {
        return "the host has no blobs (GETPARAM RESOURCE_BLOB is 0)";
      }
      return place !== "guest" && parameter(device, constants.VIRTGPU_PARAM_3D_FEATURES) === 0
        ? "memory of the host needs 3D (GETPARAM 3D_FEATURES is 0)"
        : undefined;
    },
  );
  return {
    handle,
    size: pages(device, request.size),
    flagWord: flags,
    // Of the host's own memory the host says how it is cached.
    caching: place === "guest" ? "write-back" : "unknown",
    private: false,
    placement: place,
  };
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) {
    const made = dumb.create(device, request);
    rememberShape(device, made.handle, request.dumb.width, request.dumb.height);
    // Pages of the guest, as a resource's.
    return { ...made, caching: "write-back" };
  }
  if (request.private) throw new NotSupported("--private: virtio_gpu has no private buffers");
  const place = request.placement ?? usualPlace;
  if (request.noMmap && !place.startsWith("host3d")) {
    throw new NotSupported("--no-mmap: the guest's pages can always be mapped");
  }
  const named = flagWord(virtioGpu, request.flags);
  if (place === usualPlace) {
    if (named === 0) return createResource(device, request);
    throw new NotSupported("--flags: they are a blob's", "Add --placement guest.");
  }
  return createBlob(device, request, named | (request.noMmap ? 0 : flagNames.mappable));
}

const ops = {
  "to-host": { op: "to-host", effect: "copy", granularity: "whole" },
  "from-host": { op: "from-host", effect: "copy", granularity: "whole" },
} as const satisfies Record<string, SyncPlan>;

function transfer(device: OpenDevice, { handle: bo_handle }: BufferFacts, plan: SyncPlan): void {
  const w = device.scratch.get(`width of ${bo_handle}`);
  const h = device.scratch.get(`height of ${bo_handle}`);
  if (w === undefined || h === undefined) {
    throw new NotSupported(`--op ${plan.op}: only a resource made here has a shape that is known`);
  }
  const definition = plan.op === "to-host" ? ioctls.TRANSFER_TO_HOST : ioctls.TRANSFER_FROM_HOST;
  checkedCall(
    device,
    definition,
    { bo_handle, box: { x: 0, y: 0, z: 0, w, h, d: 1 } },
    (code) => code === errno.ENOSYS ? "the host gives nothing back without 3D" : undefined,
  );
}

function query(device: OpenDevice, handle: number): QueriedBuffer {
  const asked = { bo_handle: handle, blob_mem: UNWRITTEN };
  const { size, blob_mem } = checkedCall(device, ioctls.RESOURCE_INFO, asked);
  if (blob_mem === UNWRITTEN) return { size, placement: usualPlace };
  // An import: a blob of the guest's memory, of which the kernel does not keep that it is.
  if (blob_mem === 0) return { size, placement: "guest" };
  const place = Object.keys(blobs).find((name) => blobs[name] === blob_mem);
  return { size, ...(place === undefined ? {} : { placement: place }) };
}

/** WAIT without waiting, since it would wait 15 s at once; a slice is slept where it is busy. */
function ask(device: OpenDevice, handle: number, sliceNs: bigint): boolean {
  const { kernel, fd } = device;
  const busy = (): boolean => {
    const flags = constants.VIRTGPU_WAIT_NOWAIT;
    const { result } = call(kernel, fd, ioctls.WAIT, { handle, flags });
    if (isError(result) && result !== -errno.EBUSY) {
      throw new KernelRefusal(ioctls.WAIT.name, device.name, result);
    }
    return isError(result);
  };
  if (!busy()) return true;
  if (sliceNs > 0n) kernel.poll([], Number(sliceNs / 1_000_000n));
  return !busy();
}

export const virtioGpu: Driver = {
  name: "virtio_gpu",
  calls: { create: ioctls.RESOURCE_CREATE.name, mapOffset: ioctls.MAP.name },
  summary: "a virtual machine's GPU: resources and blobs of guest pages, dumb buffers",
  flagNames,
  placements: [usualPlace, ...Object.keys(blobs)],
  node: "primary",
  lastChoice: true,
  coherency: dmaCoherency,
  create,
  mmapOffset: (device, handle) =>
    checkedCall(
      device,
      ioctls.MAP,
      { handle },
      (code) =>
        code === errno.EINVAL
          ? "an imported buffer cannot be mapped through its importer: map the dma-buf"
          : undefined,
    ).offset,
  syncOps: ops,
  plan: (_device, buffer) => ({
    op: "none",
    effect: "none",
    granularity: "range",
    why: buffer.imported
      ? "an import is synced through its dma-buf"
      : "the host sees the guest's pages; --op to-host copies them to its resource",
  }),
  sync: transfer,
  wait: { by: ioctls.WAIT.name, ask },
  query,
};
