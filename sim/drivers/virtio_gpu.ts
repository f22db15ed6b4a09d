/**
 * virtio_gpu, kernel side (drivers/gpu/drm/virtio), as QEMU's virtio-gpu-pci shows it: without 3D and
 * contexts, so that calls which need those are refused as there; and without blobs, unless the board
 * says `resource_blob`. With `virgl_3d` the host has memory of its own for blobs (`host_visible`: the
 * guest may see it), and the calls of 3D are not simulated.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { virtioGpu as uapi } from "../../ffi/uapi/virtio_gpu.ts";
import { waitFor } from "../dmabuf/fence.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
} from "../drm/device.ts";
import { consoleBytes } from "../drm/offsets.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { createShmem } from "../drm/shmem.ts";
import type { Caching } from "../memory/cache_model.ts";
import { atLeast } from "../release.ts";
import { copyIn, copyOut } from "../user_memory.ts";
import { GuestObject, HostBlob, ImportedBlob } from "./_virtio_objects.ts";
import { register, type SimulatedDriver } from "./driver.ts";

const { ioctls, constants } = uapi;
/** PIPE_TEXTURE_2D, the only target without 3D. */
const TEXTURE_2D = 2;
const WAIT_NOWAIT = 1;
const GUEST = constants.VIRTGPU_BLOB_MEM_GUEST;
const HOST = constants.VIRTGPU_BLOB_MEM_HOST3D;
const HOST_AND_GUEST = constants.VIRTGPU_BLOB_MEM_HOST3D_GUEST;
const MAPPABLE = constants.VIRTGPU_BLOB_FLAG_USE_MAPPABLE;
const CROSS_DEVICE = constants.VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE;
const USE_MASK = MAPPABLE | constants.VIRTGPU_BLOB_FLAG_USE_SHAREABLE | CROSS_DEVICE;
/** VIRTGPU_WAIT gives up after 15 s. */
const WAIT_NANOSECONDS = 15_000_000_000n;

/** VIRTIO_GPU_MAP_CACHE_*: what the host says of memory that it lets the guest see. */
const HOST_CACHING: Readonly<Record<string, Caching>> = {
  1: "write-back",
  2: "uncached",
  3: "write-combined",
};
type VirtioObject = GuestObject | HostBlob | ImportedBlob;

class VirtioGpuDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "virtio_gpu",
    description: "virtio GPU",
    major: 0,
    minor: 1,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  readonly #blobs: boolean;
  readonly #has3d: boolean;
  readonly #hostVisible: boolean;
  readonly #hostCaching: Caching;
  #nextResource = 1;

  constructor(setup: DeviceSetup) {
    super(setup);
    const { release } = setup.machine;
    const syncobj = atLeast(release, 6, 6);
    this.features = {
      kms: { preferredDepth: 0, modifiers: false },
      render: true,
      syncobj,
      syncobjTimeline: syncobj,
      atomic: true,
      cursorHotspot: atLeast(release, 6, 8),
    };
    const { registers } = setup.device;
    this.#blobs = register(registers, "resource_blob") !== 0n;
    this.#has3d = register(registers, "virgl_3d") !== 0n;
    this.#hostVisible = register(registers, "host_visible") !== 0n;
    this.#hostCaching = HOST_CACHING[String(register(registers, "map_cache"))] ?? "write-back";
    const needs3d = this.#has3d ? errno.EOPNOTSUPP : errno.ENOSYS;
    this.offsets.reserve(consoleBytes(1280, 800, 4));
    this.ioctls = ioctlTable(
      this.#map(),
      this.#getParam(),
      this.#resourceCreate(),
      this.#resourceInfo(),
      this.#wait(),
      refused(ioctls.EXECBUFFER, needs3d),
      refused(ioctls.TRANSFER_FROM_HOST, needs3d),
      this.#transferToHost(),
      refused(ioctls.GET_CAPS, needs3d),
      this.#resourceCreateBlob(),
      refused(ioctls.CONTEXT_INIT, errno.EINVAL),
    );
    this.createDumb = (_file, { width, height, bpp }) => {
      if (bpp !== 32) return -errno.EINVAL;
      const pitch = Math.imul(width, 4) >>> 0;
      const object = this.#create(BigInt(pitch) * BigInt(height));
      return typeof object === "number" ? object : { object, pitch, bytes: object.bytes };
    };
    // virtgpu_gem_prime_import(): as blobs since 6.14 (by the date of the change, November 2024),
    // where the host has them and no 3D. Else virtgpu_gem_prime_import_sg_table(), after attaching
    // and mapping, so that the exporter's own refusal comes first.
    const imports = this.#blobs && !this.#has3d && atLeast(release, 6, 14);
    this.importAttachment = (attachment) =>
      imports ? new ImportedBlob(this, this.#nextResource++, attachment) : -errno.ENODEV;
  }

  #create(bytes: bigint, blobMemory = 0): GuestObject | number {
    const made = (): { resource: number; blobMemory: number } => ({
      resource: this.#nextResource++,
      blobMemory,
    });
    return createShmem(this, bytes, (aligned) => new GuestObject(this, aligned, made()));
  }

  /** virtio_gpu_vram_create(): memory of the host, at once in the guest's sight if it is MAPPABLE. */
  #createHostBlob(bytes: bigint, flags: number): HostBlob | number {
    const blob = createShmem(this, bytes, (aligned) =>
      new HostBlob(this, aligned, {
        resource: this.#nextResource++,
        flags,
        caching: this.#hostCaching,
      }));
    if (typeof blob === "number" || !blob.mappable || this.#hostVisible) return blob;
    blob.put();
    return -errno.EINVAL;
  }

  #object(file: DrmFile, handle: number): VirtioObject | null {
    const object = file.lookup(handle);
    const known = object instanceof GuestObject || object instanceof HostBlob ||
      object instanceof ImportedBlob;
    return known ? object : null;
  }

  #map(): DrmIoctl {
    return drmIoctl(ioctls.MAP, ANY_NODE, (file, args) => {
      const object = this.#object(file, args.handle);
      if (object === null) return -errno.ENOENT;
      // drm_gem_dumb_map_offset().
      if (object.imported) return -errno.EINVAL;
      args.offset = object.mapOffset ?? 0n;
      return 0;
    });
  }

  #getParam(): DrmIoctl {
    // What the device has not is 0; this one only says that a bug of old is fixed.
    const known = new Map<bigint, number>([
      [BigInt(constants.VIRTGPU_PARAM_3D_FEATURES), this.#has3d ? 1 : 0],
      [BigInt(constants.VIRTGPU_PARAM_CAPSET_QUERY_FIX), 1],
      [BigInt(constants.VIRTGPU_PARAM_RESOURCE_BLOB), this.#blobs ? 1 : 0],
      [BigInt(constants.VIRTGPU_PARAM_HOST_VISIBLE), this.#hostVisible ? 1 : 0],
      [BigInt(constants.VIRTGPU_PARAM_CROSS_DEVICE), 0],
      [BigInt(constants.VIRTGPU_PARAM_CONTEXT_INIT), 0],
      [BigInt(constants.VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs), 0],
    ]);
    if (atLeast(this.machine.release, 6, 12)) {
      known.set(BigInt(constants.VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME), 0);
    }
    return drmIoctl(ioctls.GETPARAM, ANY_NODE, (_file, args) => {
      // Known since it came, and missing on a device without blobs.
      const alignment = BigInt(constants.VIRTGPU_PARAM_BLOB_ALIGNMENT);
      if (args.param === alignment && atLeast(this.machine.release, 7, 0)) return -errno.ENOENT;
      const value = known.get(args.param);
      if (value === undefined) return -errno.EINVAL;
      // An int goes out, little-endian.
      return copyOut(args.value, new Uint8Array([value, 0, 0, 0])) ? 0 : -errno.EFAULT;
    });
  }

  #resourceCreate(): DrmIoctl {
    return drmIoctl(ioctls.RESOURCE_CREATE, ANY_NODE, (file, args) => {
      const plain = this.#has3d ||
        args.depth <= 1 && args.nr_samples <= 1 && args.last_level <= 1 &&
          args.target === TEXTURE_2D && args.array_size <= 1;
      if (!plain) return -errno.EINVAL;
      const bytes = args.size === 0 ? this.machine.model.pageBytes : args.size;
      const object = this.#create(BigInt(bytes));
      if (typeof object === "number") return object;
      const handle = file.createHandle(object);
      object.put();
      if (handle < 0) return handle;
      args.res_handle = object.resource;
      args.bo_handle = handle;
      return 0;
    });
  }

  #resourceInfo(): DrmIoctl {
    return drmIoctl(ioctls.RESOURCE_INFO, ANY_NODE, (file, args) => {
      const object = this.#object(file, args.bo_handle);
      if (object === null) return -errno.ENOENT;
      args.size = object.bytes >>> 0;
      args.res_handle = object.resource;
      // Of what is no blob, the field stays as it came. An import is one (guest_blob), but nothing
      // is kept of its memory: 0.
      if (object.imported || object.blobMemory !== 0) args.blob_mem = object.blobMemory;
      return 0;
    });
  }

  /** verify_blob(), and virtio_gpu_resource_create_blob_ioctl(). */
  #resourceCreateBlob(): DrmIoctl {
    return drmIoctl(ioctls.RESOURCE_CREATE_BLOB, ANY_NODE, (file, args) => {
      if (!this.#blobs) return -errno.EINVAL;
      if ((args.blob_flags & ~USE_MASK) !== 0) return -errno.EINVAL;
      // No host here gives numbers for other devices.
      if ((args.blob_flags & CROSS_DEVICE) !== 0) return -errno.EINVAL;
      if (args.blob_mem === HOST || args.blob_mem === HOST_AND_GUEST) {
        if (!this.#has3d || args.cmd_size % 4 !== 0) return -errno.EINVAL;
      } else {
        if (args.blob_mem !== GUEST) return -errno.EINVAL;
        if (args.blob_id !== 0n || args.cmd_size !== 0) return -errno.EINVAL;
      }
      // What the host makes of the command is its own affair.
      if (copyIn(args.cmd, args.cmd_size) === null) return -errno.EFAULT;
      const object = args.blob_mem === HOST
        ? this.#createHostBlob(args.size, args.blob_flags)
        : this.#create(args.size, args.blob_mem);
      if (typeof object === "number") return object;
      const handle = file.createHandle(object);
      object.put();
      if (handle < 0) return handle;
      args.res_handle = object.resource;
      args.bo_handle = handle;
      return 0;
    });
  }

  /** Nobody looks at the host's side here. A blob of the guest's pages is the host's already. */
  #transferToHost(): DrmIoctl {
    return drmIoctl(ioctls.TRANSFER_TO_HOST, ANY_NODE, (file, args) => {
      const object = this.#object(file, args.bo_handle);
      if (object === null) return -errno.ENOENT;
      if (object.imported || object.blobMemory === GUEST) return -errno.EINVAL;
      const strided = args.stride !== 0 || args.layer_stride !== 0;
      return this.#has3d && strided && object.blobMemory === 0 ? -errno.EINVAL : 0;
    });
  }

  #wait(): DrmIoctl {
    return drmIoctl(ioctls.WAIT, ANY_NODE, (file, args) => {
      const object = this.#object(file, args.handle);
      if (object === null) return -errno.ENOENT;
      const { clock } = this.machine;
      const pending = object.reservation.pending("all");
      const until = (args.flags & WAIT_NOWAIT) !== 0 ? clock.now : clock.now + WAIT_NANOSECONDS;
      return waitFor(clock, pending, until) === "done" ? 0 : -errno.EBUSY;
    });
  }
}

/** An entry that always refuses. */
function refused({ code }: { code: number }, number: number): DrmIoctl {
  return { code, permission: ANY_NODE, run: () => -number };
}

/** virtio_gpu as a board names it. */
export const virtioGpu: SimulatedDriver = {
  name: "virtio_gpu",
  registers: ["resource_blob", "virgl_3d", "host_visible", "map_cache"],
  largest: { resource_blob: 1, virgl_3d: 1, host_visible: 1, map_cache: 3 },
  create: (setup) => new VirtioGpuDevice(setup),
};
