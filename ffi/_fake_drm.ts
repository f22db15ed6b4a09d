/**
 * DRM answers for {@linkcode FakeKernel}: enough of panthor, PRIME, heaps and udmabuf to have
 * descriptors, handles and VMs made and destroyed.
 *
 * @module
 */
import { errno } from "./errno.ts";
import type { Block } from "./kernel.ts";
import { FakeKernel } from "./_fake_kernel.ts";
import { decode, type Fields, store, type StructType, type ValuesOf } from "./struct.ts";
import { dmaBuf } from "./uapi/dma_buf.ts";
import { dmaHeap } from "./uapi/dma_heap.ts";
import { drm } from "./uapi/drm.ts";
import { panthor } from "./uapi/panthor.ts";
import { syncFile } from "./uapi/sync_file.ts";
import { udmabuf } from "./uapi/udmabuf.ts";

/** A kernel with a panthor node, which hands out handles and VMs from 1. */
export function fakeDrm(driver = "panthor"): FakeKernel {
  let handle = 0;
  let vm = 0;
  const gives = <F extends Fields>(
    type: StructType<F>,
    values: () => Partial<ValuesOf<F>>,
  ) =>
  (block: Block): number => {
    store(type, block, values());
    return 0;
  };
  const { structs } = drm;
  const answers: Record<number, (block: Block) => number> = {
    [drm.ioctls.VERSION.code]: (block) => {
      const { name } = decode(structs.drm_version, block);
      const text = new TextEncoder().encode(driver);
      if (typeof name !== "bigint") name.bytes.set(text.subarray(0, name.bytes.length));
      store(structs.drm_version, block, { version_major: 1, name_len: BigInt(text.length) });
      return 0;
    },
    [drm.ioctls.PRIME_HANDLE_TO_FD.code]: gives(
      structs.drm_prime_handle,
      () => ({ fd: kernel.newDescriptor() }),
    ),
    // The same dma-buf is the same handle, 77, however often it is imported.
    [drm.ioctls.PRIME_FD_TO_HANDLE.code]: gives(structs.drm_prime_handle, () => ({ handle: 77 })),
    [drm.ioctls.GEM_CLOSE.code]: (block) =>
      decode(structs.drm_gem_close, block).handle === 999 ? -errno.EINVAL : 0,
    [drm.ioctls.MODE_CREATE_DUMB.code]: gives(
      structs.drm_mode_create_dumb,
      () => ({ handle: ++handle, pitch: 256, size: 4096n }),
    ),
    [drm.ioctls.MODE_DESTROY_DUMB.code]: () => 0,
    [panthor.ioctls.BO_CREATE.code]: gives(
      panthor.structs.drm_panthor_bo_create,
      () => ({ handle: ++handle }),
    ),
    [panthor.ioctls.VM_CREATE.code]: gives(
      panthor.structs.drm_panthor_vm_create,
      () => ({ id: ++vm }),
    ),
    [panthor.ioctls.VM_DESTROY.code]: () => 0,
    [dmaHeap.ioctls.ALLOC.code]: gives(
      dmaHeap.structs.dma_heap_allocation_data,
      () => ({ fd: kernel.newDescriptor() }),
    ),
    [udmabuf.ioctls.CREATE.code]: () => kernel.newDescriptor(),
    [dmaBuf.ioctls.SYNC.code]: () => 0,
    [dmaBuf.ioctls.SET_NAME.code]: () => 0,
    [dmaBuf.ioctls.EXPORT_SYNC_FILE.code]: gives(
      dmaBuf.structs.dma_buf_export_sync_file,
      () => ({ fd: kernel.newDescriptor() }),
    ),
    [syncFile.ioctls.MERGE.code]: gives(
      syncFile.structs.sync_merge_data,
      () => ({ fence: kernel.newDescriptor() }),
    ),
  };
  const kernel = new FakeKernel((_fd, request, argument) => {
    const answer = answers[request >>> 0];
    if (answer === undefined) return -errno.ENOTTY;
    return typeof argument === "bigint" ? -errno.EFAULT : answer(argument);
  });
  return kernel;
}
