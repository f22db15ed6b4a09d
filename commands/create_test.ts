import { assertEquals } from "@std/assert";
import { boctl } from "./_test_kit.ts";

async function create(line: string, device = "sim:panthor"): Promise<[number, string]> {
  const { code, out, err } = await boctl(`--device ${device} create ${line}`);
  return [code, (code === 0 ? out : err).split("\n")[0] ?? ""];
}

Deno.test("create tells size, device, handle, caching and flags", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["--size 4KiB", "bo1: 4 KiB on panthor (/dev/dri/renderD128), handle 1, mapped write-combined"],
    [
      "--size 5000 --cached --as a",
      "a: 8 KiB (asked for 5000 B) on panthor (/dev/dri/renderD128), handle 1, " +
      "mapped write-back, flags wb-mmap",
    ],
    [
      "--size 4KiB --private --no-mmap",
      "bo1: 4 KiB on panthor (/dev/dri/renderD128), handle 1, mapped through its dma-buf alone, " +
      "flags no-mmap, private",
    ],
    [
      "--dumb 64x64 --on vgem",
      "bo1: 16 KiB on vgem (/dev/dri/card2), handle 1",
    ],
  ];
  for (const [line, text] of cases) {
    const [code, first] = await create(line);
    assertEquals([code, first.startsWith(text)], [0, true], first);
  }
});

Deno.test("create tells size, exporter, mode and inode of what heaps and udmabuf give", async () => {
  const shape = async (line: string): Promise<string> =>
    (await create(line))[1].replace(/inode \d+/, "inode N");
  assertEquals(
    await shape("--heap system --size 5000"),
    "db1: dma-buf of system, 8 KiB, read-write, inode N, exporter system",
  );
  assertEquals(
    await shape("--heap system --size 4KiB --read-only"),
    "db1: dma-buf of system, 4 KiB, read-only, inode N, exporter system",
  );
  assertEquals(
    await shape("--udmabuf --size 4KiB"),
    "db1: dma-buf of udmabuf, 4 KiB, read-write, inode N, exporter udmabuf",
  );
});

Deno.test("create refuses wrong usage before any system call", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "create: --size is missing"],
    ["--cached", "create: --size is missing"],
    ["--size 4KiB --dumb 8x8", "create: --dumb has its own size: leave out --size"],
    ["--size 4KiB --heap system --udmabuf", "create: --heap, --udmabuf and --dumb exclude"],
    ["--udmabuf --dumb 8x8", "create: --heap, --udmabuf and --dumb exclude each other"],
    ["--size 4KiB --seals shrink", "create: --seals goes with --udmabuf"],
    ["--size 4KiB --udmabuf --seals foo", '--seals: "foo" is no seal'],
    ["--size 4KiB --udmabuf --seals constructor", '--seals: "constructor" is no seal'],
    ["--size 4KiB --read-only", "create: --read-only goes with --heap"],
    ["--size 4KiB --heap system --on vgem", "create: --heap allocates without a device"],
    ["--size 4KiB --heap ../dri/card0", '--heap: "../dri/card0" is not a heap\'s name'],
    ["--size 4KiB --heap ''", '--heap: "" is not a heap\'s name'],
    ["--size 4KiB --as 1a", '--as: "1a" is not a name'],
    ["--size 4KiB --heap system --as 1a", '--as: "1a" is not a name'],
    ["--dumb 8", '--dumb: "8" is not WxHxBPP'],
    ["--dumb 8x8x8x8", '--dumb: "8x8x8x8" is not WxHxBPP'],
    ["--dumb -8x8", '--dumb: "-8x8" is not WxHxBPP'],
    ["--dumb 4294967296x1x32", '--dumb: "4294967296x1x32" does not fit 32-bit fields'],
  ];
  for (const [line, message] of cases) {
    const { code, out, err } = await boctl(`--device sim:panthor create ${line} --trace`);
    assertEquals([code, out], [2, ""], line);
    assertEquals(err.startsWith(`boctl: ${message}`), true, `${line}: ${err}`);
  }
});

Deno.test("create is exit 77 for what a device has no notion of", async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["sim:panthor", "--dumb 8x8", "--dumb: panthor has no dumb buffers"],
    ["sim:panthor", "--size 4KiB --placement vram", "--placement: panthor has no places"],
    ["sim:qemu", "--size 4KiB --heap system --placement vram", "--heap: --private, --no-mmap and"],
    ["sim:panfrost", "--dumb 8x8", "--dumb: panfrost has no dumb buffers"],
    ["sim:panfrost", "--size 4KiB --private", "--private: panfrost has no notion"],
    ["sim:panfrost", "--size 4KiB --no-mmap", "--no-mmap: every panfrost buffer"],
    ["sim:qemu", "--size 4KiB --cached", "--cached: a dumb buffer's caching cannot be chosen"],
    ["sim:qemu", "--size 4KiB --heap system --private", "--heap: --private, --no-mmap and --flags"],
    ["sim:qemu", "--size 4KiB --udmabuf --flags x", "--udmabuf: --private, --no-mmap and --flags"],
  ];
  for (const [device, line, message] of cases) {
    const [code, first] = await create(line, device);
    assertEquals([code, first.startsWith(`boctl: ${message}`)], [77, true], first);
  }
});

Deno.test("create is exit 3 for what the kernel refuses, with call, device, errno and reason", async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "sim:panthor@6.12",
      "--size 4KiB --cached",
      "DRM_IOCTL_PANTHOR_BO_CREATE on panthor: EINVAL: WB_MMAP needs panthor 1.7, this is 1.0",
    ],
    [
      "sim:panthor",
      "--size 4KiB --flags wb-mmap,no-mmap",
      "DRM_IOCTL_PANTHOR_BO_CREATE on panthor: EINVAL: NO_MMAP and WB_MMAP exclude each other",
    ],
    [
      "sim:qemu",
      "--size 4KiB --on renderD128",
      "DRM_IOCTL_MODE_CREATE_DUMB on vgem: EACCES: dumb buffers are made on the primary node " +
      "(card…), this is a render node",
    ],
    [
      "sim:qemu",
      "--udmabuf --size 65M",
      "UDMABUF_CREATE on udmabuf: EINVAL: the size limit is 64 MiB (size_limit_mb)",
    ],
    ["sim:qemu", "--dumb 0x1x32", "DRM_IOCTL_MODE_CREATE_DUMB on vgem: EINVAL: width, height or"],
  ];
  for (const [device, line, message] of cases) {
    const [code, first] = await create(line, device);
    assertEquals([code, first.startsWith(`boctl: ${message}`)], [3, true], first);
  }
});

Deno.test("create is exit 4 where a device, a heap or udmabuf is not there", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["--size 4KiB --on nosuch", 'no device "nosuch" on this sim kernel'],
    ["--size 4KiB --on card63", "/dev/dri/card63: ENOENT: there is no such node"],
    ["--size 4KiB --heap system", "/dev/dma_heap/system: ENOENT: there is no such node"],
  ];
  for (const [line, message] of cases) {
    assertEquals(await create(line, "sim:qemu-arm64"), [4, `boctl: ${message}`]);
  }
});

Deno.test("create with a flag that a driver does not have names the nearest", async () => {
  const { code, err } = await boctl("--device sim:panthor create --size 4KiB --flags wb_map");
  assertEquals([code, err], [
    2,
    'boctl: --flags: panthor has no flag "wb_map"\n' +
    '  hint: Did you mean "wb-mmap"? panthor has: no-mmap, wb-mmap.',
  ]);
});
