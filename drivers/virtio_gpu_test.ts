import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import type { Block } from "../ffi/kernel.ts";
import { virtioGpu as uapi } from "../ffi/uapi/virtio_gpu.ts";
import { type Answer, type Scripted, scriptedNode } from "./_scripted.ts";
import type { OpenDevice } from "./driver.ts";
import { virtioGpu } from "./virtio_gpu.ts";
import { openNode, request } from "./_test_kit.ts";

function open(node = "card1"): OpenDevice {
  return openNode("qemu", `/dev/dri/${node}`);
}

Deno.test("virtio_gpu makes resources on either node, of pages of the guest", () => {
  for (const node of ["card1", "renderD129"]) {
    const device = open(node);
    const made = virtioGpu.create(device, request({ size: 5000n }));
    assertEquals(made, {
      handle: 1,
      size: 8192,
      flagWord: 0,
      caching: "write-back",
      private: false,
    });
    assertEquals(virtioGpu.create(device, request({ size: 0n })).size, 4096);
    assertEquals(virtioGpu.query?.(device, 1), { size: 8192, placement: "resource" });
  }
});

Deno.test("virtio_gpu keeps making dumb buffers on its primary node", () => {
  const device = open();
  const dumb = { width: 64, height: 64, bpp: 32 };
  const made = virtioGpu.create(device, request({ dumb }));
  assertEquals([made.size, virtioGpu.mmapOffset(device, made.handle) > 0n], [16_384, true]);
  assertThrows(
    () => virtioGpu.create(open("renderD129"), request({ dumb })),
    KernelRefusal,
    "dumb buffers are made on the primary node",
  );
});

Deno.test("virtio_gpu tells what it has not", () => {
  const create = (given: Parameters<typeof request>[0]): unknown =>
    virtioGpu.create(open(), request(given));
  assertThrows(() => create({ private: true }), NotSupported, "no private buffers");
  assertThrows(() => create({ noMmap: true }), NotSupported, "can always be mapped");
  assertThrows(() => create({ flags: ["shareable"] }), NotSupported, "they are a blob's");
  assertThrows(() => create({ size: 1n << 32n }), UsageError, "32-bit size field");
  assertThrows(
    () => create({ placement: "guest" }),
    KernelRefusal,
    "EINVAL: the host has no blobs (GETPARAM RESOURCE_BLOB is 0)",
  );
});

Deno.test("virtio_gpu copies a resource to the host by its shape", () => {
  const device = open();
  const facts = { size: 8192, caching: "write-back", imported: false } as const;
  const made = virtioGpu.create(device, request({ size: 8192n }));
  const transfer = (op: string, handle: number): void => {
    const plan = virtioGpu.syncOps[op];
    if (plan !== undefined) virtioGpu.sync(device, { ...facts, handle }, plan, []);
  };
  transfer("to-host", made.handle);
  assertThrows(() => transfer("to-host", 99), NotSupported, "a shape that is known");
  assertThrows(() => transfer("from-host", made.handle), KernelRefusal, "ENOSYS: the host gives");
});

/** A host with blobs, and 3D if asked for. */
function host(threeD: number, answers: Readonly<Record<string, Answer>> = {}): Scripted {
  return scriptedNode(uapi, {
    GETPARAM: ({ param, value }) => {
      (value as Block).bytes[0] = param === 3n ? 1 : threeD;
      return 0;
    },
    RESOURCE_CREATE: () => ({ bo_handle: 5, res_handle: 9 }),
    RESOURCE_CREATE_BLOB: () => ({ bo_handle: 6, res_handle: 10 }),
    RESOURCE_INFO: () => ({ size: 4096, res_handle: 9 }),
    TRANSFER_TO_HOST: () => 0,
    WAIT: () => 0,
    ...answers,
  });
}

Deno.test("virtio_gpu's calls are encoded as the host wants them", () => {
  const { device, sent } = host(0);
  const made = virtioGpu.create(device, request({ size: 12_288n }));
  const plan = virtioGpu.syncOps["to-host"];
  if (plan !== undefined) virtioGpu.sync(device, { ...made, imported: false }, plan, []);
  const blob = virtioGpu.create(device, request({ placement: "guest", flags: ["shareable"] }));
  assertEquals([blob.handle, blob.caching, blob.placement], [6, "write-back", "guest"]);
  const shape = { target: 2, format: 2, bind: 2, width: 1024, height: 3, depth: 1, array_size: 1 };
  assertEquals(sent, [
    ["RESOURCE_CREATE", { ...shape, size: 12_288 }],
    ["TRANSFER_TO_HOST", { bo_handle: 5, box: { w: 1024, h: 3, d: 1 } }],
    ["RESOURCE_CREATE_BLOB", { blob_mem: 1, blob_flags: 3, size: 4096n }],
  ]);
});

Deno.test("virtio_gpu's blobs of the host's memory need 3D", () => {
  const refused = host(0, { RESOURCE_CREATE_BLOB: () => -errno.EINVAL });
  assertThrows(
    () => virtioGpu.create(refused.device, request({ placement: "host3d" })),
    KernelRefusal,
    "EINVAL: memory of the host needs 3D",
  );
  const { device, sent } = host(1);
  const made = virtioGpu.create(device, request({ placement: "host3d", noMmap: true }));
  assertEquals([made.caching, made.flagWord], ["unknown", 0]);
  assertEquals(sent, [["RESOURCE_CREATE_BLOB", { blob_mem: 2, size: 4096n }]]);
});

Deno.test("virtio_gpu tells an import, which is a blob of the guest, from a resource", () => {
  const placed = (blob_mem?: number): string | undefined => {
    const info = { size: 4096, ...(blob_mem === undefined ? {} : { blob_mem }) };
    const { device } = host(0, { RESOURCE_INFO: () => info });
    return virtioGpu.query?.(device, 5).placement;
  };
  assertEquals(
    [placed(), placed(0), placed(1), placed(2), placed(3)],
    ["resource", "guest", "guest", "host3d", "host3d-guest"],
  );
});

Deno.test("virtio_gpu asks whether a buffer is idle, and never lets the kernel wait 15 s", () => {
  const idle = host(0);
  assertEquals(virtioGpu.wait?.ask(idle.device, 5, 0n), true);
  assertEquals(idle.sent, [["WAIT", { handle: 5, flags: 1 }]]);
  const busy = host(0, { WAIT: () => -errno.EBUSY });
  assertEquals(virtioGpu.wait?.ask(busy.device, 5, 0n), false);
  const gone = host(0, { WAIT: () => -errno.ENOENT });
  assertThrows(() => virtioGpu.wait?.ask(gone.device, 5, 0n), KernelRefusal, "ENOENT");
});
