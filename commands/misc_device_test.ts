/** A device that is no DRM node goes through every command. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_test_kit.ts";

/** Runs an action in a directory of its own. */
async function inDirectory(action: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "boctl-test-" });
  try {
    await action(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a misc device is found by path, node, driver, sysfs name and compatible", async () => {
  for (
    const spec of [
      "/dev/mali0",
      "mali0",
      "kbase",
      "fde60000.gpu",
      "arm,mali-bifrost",
      "/sys/class/misc/mali0",
    ]
  ) {
    const { code, out } = await boctl(`--device sim:kbase create --on ${spec} --size 4KiB`);
    assertEquals([code, out.includes("on kbase (/dev/mali0), GPU address 0x")], [0, true], spec);
  }
  const { out } = await boctl("--device sim:kbase create --size 4KiB --as a , list");
  assertStringIncludes(out, "on kbase, GPU address 0x");
});

Deno.test("devices lists a misc device with version and coherency, and says what it cannot", async () => {
  const { out } = await boctl("--device sim:kbase devices");
  assertStringIncludes(out, "/dev/mali0           kbase     11.33    non-coherent  fde60000.gpu");
  const { out: json } = await boctl("--device sim:kbase --json devices");
  const { result } = JSON.parse(json);
  const mali = result.nodes.find(({ node }: { node: { path: string } }) =>
    node.path === "/dev/mali0"
  );
  assertEquals([mali.node.family, mali.node.node, mali.caps.prime], ["kbase", "misc", "-"]);
});

Deno.test("a misc device that is not there is told by its own name, with what there is", async () => {
  const { code, err } = await boctl("--device sim:panthor create --on mali0 --size 4KiB");
  assertEquals(code, 4);
  assertStringIncludes(err, "/dev/mali0: ENOENT: there is no such node");
  assertStringIncludes(err, "--device sim:kbase");
  const other = await boctl("--device sim:kbase create --on mali3 --size 4KiB");
  assertStringIncludes(other.err, "There are: /dev/mali0.");
});

Deno.test("what a misc device's driver cannot is 77, with a way on", async () => {
  const { code, err } = await boctl("--device sim:kbase create --size 4KiB --as a , export a");
  assertEquals(code, 77);
  assertStringIncludes(err, "export: kbase has no call that makes a dma-buf of its memory");
  assertStringIncludes(err, "create --heap system");
});

Deno.test("a raw sync of an import is whole, and is not taken for a range in silence", async () => {
  const line = "--device sim:kbase create --heap system --size 8KiB --as h , import h --as i , ";
  const refused = await boctl(`${line} sync i --op flush --range 0:64`);
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.err, "flush acts on the whole of i (8192 bytes)");
  const done = await boctl(`${line} sync i --op flush --range 0:64 --whole`);
  assertEquals(done.code, 0);
  assertStringIncludes(done.out, "the interface touched the whole buffer, 8 KiB");
});

Deno.test("ioctl takes a buffer's address and that of a mapping, with bytes added", async () => {
  const make = "--device sim:kbase create --size 4KiB --cached --as a , mmap a --write 64=aa , " +
    "mmap a --as m , ";
  for (const at of ["%a+64", "%m+64"]) {
    const { code, out } = await boctl(
      `${make} ioctl . MEM_SYNC handle=%a user_addr=${at} size=1 type=MSYNC , device read a 64:1`,
    );
    assertEquals([code, out.includes("\naa")], [0, true], out);
  }
  const beyond = await boctl(
    `${make} ioctl . MEM_SYNC handle=%a user_addr=%a+4096 size=1 type=MSYNC`,
  );
  assertEquals(beyond.code, 3);
  assertStringIncludes(beyond.err, "KBASE_IOCTL_MEM_SYNC on kbase: EINVAL");
});

Deno.test("a MEM_SYNC made by its own name is a sync to the rules", async () => {
  const { out } = await boctl(
    "--device sim:kbase create --size 4KiB --cached --as a , mmap a --write 0=aa , " +
      "ioctl . MEM_SYNC handle=%a user_addr=%a size=1 type=MSYNC , device read a 0:1 , policy-check",
  );
  assertEquals(out.includes("device-read-of-stale-bytes"), false, out);
});

Deno.test("a trace of a misc device shows question and answer, replays, and becomes C", () =>
  inDirectory(async (directory) => {
    const line = "--device sim:kbase/mali0 create --size 4KiB --cached --as a , " +
      "mmap a --write 32=aa , sync a --range 32:1 --for device , create --heap system --size 4KiB " +
      "--as h , import h --as i , mmap i --read 0:1";
    const traced = await boctl(`--trace ${line}`);
    assertStringIncludes(
      traced.err,
      "KBASE_IOCTL_MEM_ALLOC, {in={va_pages=1, commit_pages=1, extension=0, flags=PROT_CPU_RD|" +
        "PROT_CPU_WR|PROT_GPU_RD|PROT_GPU_WR|CACHED_CPU}} => {out={flags=PROT_CPU_RD|",
    );
    await boctl(`${line} --record ${directory}/t`);
    const here = await boctl(`replay ${directory}/t --device sim:kbase`);
    assertEquals([here.code, here.out.includes("answer the same")], [0, true], here.out);
    const lacking = await boctl(`replay ${directory}/t --device sim:panthor`);
    assertEquals(lacking.code, 77);
    assertStringIncludes(lacking.err, "the trace works on kbase's misc node");
    const { out } = await boctl(`emit-c ${directory}/t`);
    for (
      const text of [
        'open_or_skip("/dev/mali0"',
        ".user_addr = (uintptr_t)map_2 + 32,",
        "MAP_SHARED, mali0_1, offset_1)",
        "uint32_t in_phandle[] = { dmabuf_1 };",
      ]
    ) assertStringIncludes(out, text);
  }));
