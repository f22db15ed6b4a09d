import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal } from "../errors.ts";
import { O_RDWR } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import type { OpenDevice } from "./driver.ts";
import { dumb } from "./dumb.ts";
import { closeHandle, exportHandle, importDescriptor, readCapability, readVersion } from "./gem.ts";
import { openNode, request } from "./_test_kit.ts";

/** Another node of the same kernel. */
function besides(device: OpenDevice, path: string): OpenDevice {
  const fd = device.kernel.open(path, O_RDWR);
  const version = readVersion(device.kernel, fd);
  if (typeof version === "number") throw new Error(path);
  return { ...device, name: version.name, path, fd, version, scratch: new Map() };
}

Deno.test("readVersion() tells a driver's name, version and description", () => {
  const { version } = openNode("qemu", "/dev/dri/card0");
  assertEquals([version.name, version.major, version.minor], ["vgem", 1, 0]);
  assertEquals(version.description.includes("\0"), false);
});

Deno.test("readVersion() answers -errno where a file is no DRM node", () => {
  const { kernel } = openNode("qemu", "/dev/dri/card0");
  assertEquals(readVersion(kernel, kernel.open("/dev/null", O_RDWR)), -errno.ENOTTY);
  assertEquals(readVersion(kernel, 99), -errno.EBADF);
});

Deno.test("readCapability() gives a value, or -errno for what there is not", () => {
  const { kernel, fd } = openNode("qemu", "/dev/dri/card0");
  assertEquals(readCapability(kernel, fd, 5), 3n); // DRM_CAP_PRIME: import and export
  // drm_getcap(): vgem sets no modes, and is not asked further.
  assertEquals(readCapability(kernel, fd, 0xffff), -errno.EOPNOTSUPP);
});

Deno.test("closeHandle() closes once", () => {
  const device = openNode("qemu", "/dev/dri/card0");
  const { handle } = dumb.create(device, request());
  assertEquals(closeHandle(device, handle), 0);
  assertEquals(closeHandle(device, handle), -errno.EINVAL);
});

Deno.test("exportHandle() and importDescriptor() give the same handle back to the same file", () => {
  const device = openNode("qemu", "/dev/dri/card0");
  const { handle } = dumb.create(device, request());
  const fd = exportHandle(device, handle, { rdwr: false, cloexec: true });
  assertEquals(importDescriptor(device, fd), handle);
});

Deno.test("exportHandle() names the call for a handle that there is not", () => {
  const device = openNode("qemu", "/dev/dri/card0");
  assertThrows(
    () => exportHandle(device, 99, { rdwr: true, cloexec: true }),
    KernelRefusal,
    "DRM_IOCTL_PRIME_HANDLE_TO_FD on vgem: ENOENT",
  );
});

Deno.test("importDescriptor() says why an importer refuses", () => {
  const vgem = openNode("qemu", "/dev/dri/card0");
  const { handle } = dumb.create(vgem, request());
  const fd = exportHandle(vgem, handle, { rdwr: true, cloexec: true });
  const cases: readonly (readonly [string, number, string])[] = [
    ["/dev/dri/card1", fd, "on virtio_gpu: ENODEV: virtio_gpu imports only its own buffers"],
    ["/dev/dri/card2", fd, "on bochs-drm: EINVAL: bochs-drm does not import it"],
    ["/dev/dri/card3", 99, "on cirrus: EBADF: the descriptor is not open"],
  ];
  for (const [path, descriptor, message] of cases) {
    assertThrows(() => importDescriptor(besides(vgem, path), descriptor), KernelRefusal, message);
  }
});
