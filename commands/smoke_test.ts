import { assertEquals } from "@std/assert";
import { errno } from "../ffi/errno.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { drm } from "../ffi/uapi/drm.ts";
import { panthor } from "../ffi/uapi/panthor.ts";
import { boctl } from "./_test_kit.ts";

/** A kernel on which exports are refused. */
class NoExport extends WrappedKernel {
  override ioctl(...args: Parameters<WrappedKernel["ioctl"]>): number {
    return args[1] === drm.ioctls.PRIME_HANDLE_TO_FD.code ? -errno.EIO : super.ioctl(...args);
  }
}

Deno.test("smoke fails with exit 1, and tells call and errno, in every form of report", async () => {
  const wrap = (kernel: ConstructorParameters<typeof NoExport>[0]): NoExport =>
    new NoExport(kernel);
  const what = "DRM_IOCTL_PRIME_HANDLE_TO_FD on vgem: EIO";
  const path = await Deno.makeTempFile();
  try {
    const text = await boctl(`--device sim:qemu smoke --junit ${path}`, { wrap });
    assertEquals(text.code, 1);
    assertEquals(text.out.includes(`test export for writing: FAIL (${what})`), true, text.out);
    assertEquals((await Deno.readTextFile(path)).includes(`<failure message="${what}"/>`), true);
  } finally {
    await Deno.remove(path);
  }
  const tap = await boctl("--device sim:qemu smoke --tap", { wrap });
  assertEquals([tap.code, tap.out.startsWith("TAP version 14\n1..8\n# sim:qemu, vgem 1.0")], [
    1,
    true,
  ]);
  assertEquals(tap.out.includes("\nnot ok 5 - export for writing\n"), true, tap.out);
});

Deno.test("smoke is exit 77 where a device can do nothing at all", async () => {
  class Nothing extends WrappedKernel {
    override ioctl(...args: Parameters<WrappedKernel["ioctl"]>): number {
      const { VERSION, GEM_CLOSE } = drm.ioctls;
      return [VERSION.code, GEM_CLOSE.code].includes(args[1])
        ? super.ioctl(...args)
        : -errno.EOPNOTSUPP;
    }
  }
  const { code, out } = await boctl("--device sim:qemu smoke", {
    wrap: (kernel) => new Nothing(kernel),
  });
  assertEquals([code, out.includes("OK: 0, not supported: 8, FAIL: 0")], [77, true], out);
});

Deno.test("smoke says where its report cannot be written", async () => {
  const { code, err } = await boctl("--device sim:qemu smoke --junit /no/such/place.xml");
  assertEquals([code, err.startsWith("boctl: /no/such/place.xml: cannot be written")], [2, true]);
});

/** A kernel whose panthor says that it has synced, and has not. */
class IdleSync extends WrappedKernel {
  override ioctl(...args: Parameters<WrappedKernel["ioctl"]>): number {
    return args[1] === panthor.ioctls.BO_SYNC.code ? 0 : super.ioctl(...args);
  }
}

Deno.test("smoke fails where a sync is done and the device still reads what was there before", async () => {
  const { code, out } = await boctl("--device sim:panthor smoke", {
    wrap: (kernel) => new IdleSync(kernel),
  });
  const line = "test cached buffer and sync of a range: FAIL (flush, and the device reads other " +
    "bytes than the CPU wrote)";
  assertEquals([code, out.includes(line)], [1, true], out);
});
