import { assertEquals } from "@std/assert";
import { fakeDrm } from "./_fake_drm.ts";
import { accountingKernel } from "./accounting_kernel.ts";
import { call } from "./call.ts";
import { F_DUPFD_CLOEXEC } from "./constants.ts";
import type { Kernel, Mapping } from "./kernel.ts";
import { dmaBuf } from "./uapi/dma_buf.ts";
import { dmaHeap } from "./uapi/dma_heap.ts";
import { drm } from "./uapi/drm.ts";
import { panthor } from "./uapi/panthor.ts";
import { syncFile } from "./uapi/sync_file.ts";
import { udmabuf } from "./uapi/udmabuf.ts";

const NODE = "/dev/dri/renderD128";

/** Opens a node and asks for its driver, as every user of a node does. */
function openNode(kernel: Kernel): number {
  const fd = kernel.open(NODE, 2);
  const name = { bytes: new Uint8Array(32) };
  call(kernel, fd, drm.ioctls.VERSION, { name, name_len: 32n });
  return fd;
}

function mapped(result: Mapping | number): Mapping {
  if (typeof result === "number") throw new Error(`mmap answered ${result}`);
  return result;
}

Deno.test("leaks() of accountingKernel() lists open descriptors with what gave them", () => {
  const kernel = accountingKernel(fakeDrm());
  assertEquals(kernel.leaks(), []);
  const node = kernel.open(NODE, 2);
  const heap = kernel.open("/dev/dma_heap/system", 0);
  const shared = call(kernel, heap, dmaHeap.ioctls.ALLOC, { len: 4096n });
  const memory = kernel.memfdCreate("pages", 0);
  const driver = kernel.open("/dev/udmabuf", 2);
  const made = call(kernel, driver, udmabuf.ioctls.CREATE, { memfd: memory, size: 4096n });
  const fence = call(kernel, made.result, dmaBuf.ioctls.EXPORT_SYNC_FILE, { flags: 1 });
  const merged = call(kernel, fence.values.fd, syncFile.ioctls.MERGE, { fd2: fence.values.fd });
  assertEquals(kernel.leaks(), [
    "descriptor 3: /dev/dri/renderD128 (open)",
    "descriptor 4: /dev/dma_heap/system (open)",
    "descriptor 5: dma-buf (DMA_HEAP_IOCTL_ALLOC)",
    "descriptor 6: memfd:pages (memfd_create)",
    "descriptor 7: /dev/udmabuf (open)",
    "descriptor 8: dma-buf (UDMABUF_CREATE)",
    "descriptor 9: sync_file (DMA_BUF_IOCTL_EXPORT_SYNC_FILE)",
    "descriptor 10: sync_file (SYNC_IOC_MERGE)",
  ]);
  const given = [shared.values.fd, made.result, fence.values.fd, merged.values.fence];
  for (const fd of [node, heap, memory, driver, ...given]) {
    assertEquals(kernel.close(fd), 0);
  }
  assertEquals(kernel.leaks(), []);
});

Deno.test("leaks() of accountingKernel() lists handles and VMs of open files", () => {
  const kernel = accountingKernel(fakeDrm());
  const node = openNode(kernel);
  call(kernel, node, panthor.ioctls.BO_CREATE, { size: 4096n });
  call(kernel, node, panthor.ioctls.VM_CREATE, {});
  call(kernel, node, drm.ioctls.MODE_CREATE_DUMB, { width: 64, height: 1, bpp: 32 });
  const file = "descriptor 3: /dev/dri/renderD128 (open)";
  assertEquals(kernel.leaks(), [
    file,
    "GEM handle 1 of /dev/dri/renderD128 (DRM_IOCTL_PANTHOR_BO_CREATE)",
    "VM 1 of /dev/dri/renderD128 (DRM_IOCTL_PANTHOR_VM_CREATE)",
    "GEM handle 2 of /dev/dri/renderD128 (DRM_IOCTL_MODE_CREATE_DUMB)",
  ]);
  call(kernel, node, drm.ioctls.GEM_CLOSE, { handle: 1 });
  call(kernel, node, drm.ioctls.MODE_DESTROY_DUMB, { handle: 2 });
  call(kernel, node, panthor.ioctls.VM_DESTROY, { id: 1 });
  assertEquals(kernel.leaks(), [file]);
});

Deno.test("accountingKernel() counts a handle once, however often it is imported", () => {
  const kernel = accountingKernel(fakeDrm());
  const node = openNode(kernel);
  const shared = call(kernel, node, drm.ioctls.PRIME_HANDLE_TO_FD, { handle: 1 }).values.fd;
  call(kernel, node, drm.ioctls.PRIME_FD_TO_HANDLE, { fd: shared });
  call(kernel, node, drm.ioctls.PRIME_FD_TO_HANDLE, { fd: shared });
  assertEquals(kernel.leaks(), [
    "descriptor 3: /dev/dri/renderD128 (open)",
    "descriptor 4: dma-buf (DRM_IOCTL_PRIME_HANDLE_TO_FD)",
    "GEM handle 77 of /dev/dri/renderD128 (DRM_IOCTL_PRIME_FD_TO_HANDLE)",
  ]);
  call(kernel, node, drm.ioctls.GEM_CLOSE, { handle: 77 });
  kernel.close(shared);
  kernel.close(node);
  assertEquals(kernel.leaks(), []);
});

Deno.test("accountingKernel() lets handles go with the last descriptor of their file", () => {
  const kernel = accountingKernel(fakeDrm());
  const node = openNode(kernel);
  call(kernel, node, panthor.ioctls.BO_CREATE, { size: 4096n });
  const copy = kernel.dup(node);
  const second = kernel.fcntl(node, F_DUPFD_CLOEXEC, 0);
  kernel.close(node);
  kernel.close(second);
  const handle = "GEM handle 1 of /dev/dri/renderD128 (DRM_IOCTL_PANTHOR_BO_CREATE)";
  assertEquals(kernel.leaks(), [`descriptor ${copy}: /dev/dri/renderD128 (open)`, handle]);
  call(kernel, copy, drm.ioctls.GEM_CLOSE, { handle: 1 });
  assertEquals(kernel.leaks().length, 1, "handles belong to the file, not to the descriptor");
  kernel.close(copy);
  assertEquals(kernel.leaks(), []);
});

Deno.test("accountingKernel() books nothing for calls that fail", () => {
  const kernel = accountingKernel(fakeDrm());
  assertEquals(kernel.open("/missing", 2), -2);
  const node = openNode(kernel);
  const before = kernel.leaks();
  call(kernel, node, panthor.ioctls.BO_CREATE, { size: 1n });
  call(kernel, node, drm.ioctls.GEM_CLOSE, { handle: 999 });
  assertEquals(kernel.leaks().length, before.length + 1);
  assertEquals(kernel.close(1234), -9);
  assertEquals(kernel.ioctl(node, panthor.ioctls.BO_CREATE.code, 8n), -14);
  assertEquals(kernel.ioctl(1234, panthor.ioctls.BO_CREATE.code, 8n), -9);
  assertEquals(kernel.dup(1234), -9);
  assertEquals(kernel.leaks().length, before.length + 1);
});

Deno.test("accountingKernel() tells two files of one node apart", () => {
  const kernel = accountingKernel(fakeDrm());
  const first = openNode(kernel);
  const second = kernel.open(NODE, 2); // no VERSION call: the node's driver is known
  call(kernel, second, panthor.ioctls.BO_CREATE, { size: 1n });
  kernel.close(first);
  assertEquals(kernel.leaks().length, 2);
  kernel.close(second);
  assertEquals(kernel.leaks(), []);
});

Deno.test("leaks() of accountingKernel() lists mappings until they are unmapped", () => {
  const kernel = accountingKernel(fakeDrm());
  const node = openNode(kernel);
  const map = mapped(kernel.mmap(4096, 3, 1, node, 0n, "copied"));
  const other = mapped(kernel.mmap(4096, 3, 1, node, 0n, "copied"));
  kernel.close(node);
  assertEquals(kernel.leaks(), [
    "mapping 1: 4096 bytes of /dev/dri/renderD128",
    "mapping 2: 4096 bytes of /dev/dri/renderD128",
  ]);
  assertEquals([map.unmap(), map.unmap()], [0, -22]);
  assertEquals(other.unmap(), 0);
  assertEquals(kernel.leaks(), []);
});
