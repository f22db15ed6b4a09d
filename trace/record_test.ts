import { assert, assertEquals } from "@std/assert";
import { parseRequest } from "../ffi/parse_fields.ts";
import { findIoctl } from "../ffi/find_ioctl.ts";
import { record, recordText } from "./_test_kit.ts";
import type { TraceEntry } from "./format.ts";

type Ioctl = TraceEntry & { call: "ioctl" };

function ioctls(entries: readonly { entry: TraceEntry }[], name: string): Ioctl[] {
  return entries.map(({ entry }) => entry).filter((entry): entry is Ioctl =>
    entry.call === "ioctl" && entry.name === name
  );
}

const SHARING = "--device sim:panthor create --size 4KiB --cached --as a , " +
  "export a --rdwr --as d , import d --as e , mmap a --fill 0xaa --read 0:4 , mmap d --read 0:4 , " +
  "device begin a --access w , device write a 0=01 , device end a , device read a 0:4";

Deno.test("recordingKernel() gives the same bytes for the same line on the same board", async () => {
  assertEquals(await recordText(SHARING), await recordText(SHARING));
});

Deno.test("recordingKernel() names descriptors inside ioctls, offsets, mappings and inodes", async () => {
  const { lines } = await record(SHARING);
  const [exported] = ioctls(lines, "DRM_IOCTL_PRIME_HANDLE_TO_FD");
  const [imported] = ioctls(lines, "DRM_IOCTL_PRIME_FD_TO_HANDLE");
  const given = exported?.out as { fd: unknown };
  assertEquals((imported?.in as { fd: unknown }).fd, given.fd);
  assert(/^f\d+$/.test(String(given.fd)));
  const [offset] = ioctls(lines, "DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET").filter(({ out }) => out);
  assertEquals((offset?.out as { offset: unknown }).offset, "o1");
  const maps = lines.flatMap(({ entry }) => entry.call === "mmap" ? [entry] : []);
  assertEquals(maps.map(({ offset, result }) => [offset, result]), [["o1", "m1"], ["0", "m2"]]);
  const stat = lines.find(({ entry }) => entry.call === "fstat")?.entry;
  assertEquals(stat?.call === "fstat" && stat.stat?.inode, "i1");
  const info = lines.find(({ entry }) => entry.call === "readText" && entry.text !== undefined);
  assert(info?.entry.call === "readText" && info.entry.text?.includes("ino:\ti1\n"));
  assertEquals(info.entry.path, `/proc/self/fdinfo/${given.fd}`);
});

Deno.test("recordingKernel() gives a fake offset that is given again another name", async () => {
  const { lines } = await record(
    "--device sim:panthor create --size 4KiB --as a , mmap a --read 0:1 , close a , " +
      "create --size 4KiB --as b , mmap b --read 0:1",
  );
  const offsets = lines.flatMap(({ entry }) => entry.call === "mmap" ? [entry.offset] : []);
  assertEquals(offsets, ["o1", "o2"]);
});

Deno.test("recordingKernel() gives no fake offset of one device the name of another's", async () => {
  const { lines } = await record(
    "--device sim:qemu-arm64 open renderD129 --as p , open renderD130 --as q , " +
      "create --on p --size 4KiB --as a , create --on q --size 4KiB --as b , " +
      "mmap a --read 0:1 , mmap b --read 0:1",
  );
  const offsets = lines.flatMap(({ entry }) => entry.call === "mmap" ? [entry.offset] : []);
  assertEquals(offsets, ["o1", "o2"]);
});

Deno.test("recordingKernel() numbers the nodes of one driver", async () => {
  const { lines } = await record(
    "--device sim:qemu-arm64 open renderD130 , open renderD129 , open renderD132",
  );
  const nodes = lines.flatMap(({ entry }) =>
    entry.call === "open" && entry.node
      ? [`${entry.path} ${entry.node.driver} ${entry.node.index}`]
      : []
  );
  assertEquals(nodes, [
    "/dev/dri/renderD130 panfrost 1",
    "/dev/dri/renderD129 panfrost 0",
    "/dev/dri/renderD132 panthor 1",
  ]);
});

Deno.test("recordingKernel() keeps long reads as a hash and long writes in parts", async () => {
  const file = await Deno.makeTempFile({ prefix: "boctl-test-" });
  const bytes = Uint8Array.from({ length: 9000 }, (_, i) => i * 7);
  try {
    await Deno.writeFile(file, bytes);
    const { lines } = await record(
      `--device sim:panthor create --size 16KiB --as a , mmap a --write 1=@${file} --verify 1=@${file}`,
    );
    const writes = lines.flatMap(({ entry }) => entry.call === "map.write" ? [entry] : []);
    assertEquals(
      writes.map(({ offset, length, result }) => [offset, length, result]),
      [[1, 4096, 4096], [4097, 4096, 4096], [8193, 808, 808]],
    );
    const all = writes.map(({ bytes }) => "hex" in bytes ? bytes.hex : "").join("");
    assertEquals(all, bytes.toHex());
    const [read] = lines.flatMap(({ entry }) => entry.call === "map.read" ? [entry] : []);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    assertEquals(read?.bytes, { sha256: hash.toHex() });
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("recordingKernel() records an argument of another size so that it can be made again", async () => {
  const { lines } = await record(
    '--device sim:panthor open renderD128 --as p , ioctl p BO_CREATE "@size=40" size=4096',
  );
  const [made] = ioctls(lines, "DRM_IOCTL_PANTHOR_BO_CREATE");
  assert(made);
  const request = parseRequest(findIoctl(made.name ?? "").definition, made.in);
  assertEquals(request.code, Number(made.code));
});

Deno.test("recordingKernel() has a deadline as what is left of it", async () => {
  const { lines } = await record("--device sim:panfrost create --size 4KiB --as a , wait a");
  const [wait] = ioctls(lines, "DRM_IOCTL_PANFROST_WAIT_BO");
  assert(/^now\+\d+ms$/.test(String((wait?.in as { timeout_ns: unknown }).timeout_ns)));
});

Deno.test("recordingKernel() names addresses by their mapping, and cookies anew", async () => {
  const { lines } = await record(
    "--device sim:kbase/mali0 create --size 8KiB --cached --as a , mmap a --write 64=aa , " +
      "sync a --range 64:4 --for device , device read a 0:4 , " +
      "create --heap system --size 4KiB --as h , import h --as b , mmap b --via node --read 0:1",
  );
  const maps = lines.flatMap(({ entry }) => entry.call === "mmap" ? [entry] : []);
  assertEquals(maps.map(({ offset, result }) => [offset, result]), [
    ["12288", "m1"], // the tracking page
    ["o1", "m2"],
    ["m2", "m3"], // memory is mapped again at its address
    ["o2", "m4"], // the cookie is the same number, for other memory
    ["m4", "m5"],
  ]);
  const [sync] = ioctls(lines, "KBASE_IOCTL_MEM_SYNC");
  const passed = sync?.in as { handle: unknown; user_addr: unknown };
  assertEquals([passed.handle, passed.user_addr], ["m2", "m2+64"]);
  const read = lines.find(({ entry }) => entry.call === "device.read")?.entry;
  assertEquals(read?.call === "device.read" && read.handle, "m2");
  const [imported] = ioctls(lines, "KBASE_IOCTL_MEM_IMPORT");
  assertEquals(Object.keys(imported?.in as Record<string, unknown>), ["in"]);
  assertEquals(Object.keys(imported?.out as Record<string, unknown>), ["out"]);
  assert(/"phandle":\["f\d+"\]/.test(JSON.stringify(imported?.in)));
});

Deno.test("recordingKernel() does not use up the handshake of a device that answers it once", async () => {
  const { lines } = await record("--device sim:kbase/mali0 create --size 4KiB");
  const opened = lines.find(({ entry }) => entry.call === "open" && entry.path === "/dev/mali0");
  assertEquals(opened?.entry.call === "open" && opened.entry.node, {
    driver: "kbase",
    version: "11.33",
    kind: "misc",
    index: 0,
  });
  const checks = ioctls(lines, "KBASE_IOCTL_VERSION_CHECK_JM").map(({ result }) => result);
  assertEquals(checks.every((result) => result === 0), true);
});

Deno.test("recordingKernel() keeps of a union what is meant: in what went down, out what came back", async () => {
  const { lines } = await record(
    "--device sim:amdgpu-laptop create --size 4KiB --as a , mmap a --read 0:1",
  );
  const [made] = ioctls(lines, "DRM_IOCTL_AMDGPU_GEM_CREATE");
  assertEquals([Object.keys(made?.in ?? {}), made?.out], [
    ["in"],
    { out: { handle: 1, _pad: 0 } },
  ]);
  const [offset] = ioctls(lines, "DRM_IOCTL_AMDGPU_GEM_MMAP");
  assertEquals([offset?.in, offset?.out], [
    { in: { handle: 1, _pad: 0 } },
    { out: { addr_ptr: "o1" } },
  ]);
});
