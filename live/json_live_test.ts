// What --json and --trace tell of a live kernel, and that nothing stays open.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { boctl, jsonOf } from "./_boctl.ts";
import { amd64, arm64, liveTest, machines, nodeCount } from "./_machine.ts";

type Fields = Record<string, unknown>;

/** The result of each command of a line, or a failed test. */
async function resultsOf(line: string): Promise<Fields[]> {
  const answer = await boctl(`--backend live --json ${line}`);
  assertEquals([answer.code, answer.err], [0, ""]);
  return jsonOf(answer).map((one) => {
    assertEquals([one["schema"], one["ok"]], ["boctl/1", true]);
    return one["result"] as Fields;
  });
}

liveTest("--json of create, export and info of a dma-buf", machines, async () => {
  const [made, exported, info] = await resultsOf(
    "create --on card0 --size 5000 --as a , export a --rdwr --as d , info d",
  );
  assertEquals([made?.["name"], made?.["size"], made?.["handle"]], ["a", 8192, 1]);
  assertEquals([exported?.["mode"], exported?.["askedRdwr"]], ["rw", true]);
  // From lseek, F_GETFL, fdinfo and fstat of the descriptor.
  assertEquals([info?.["size"], info?.["mode"], info?.["exporter"]], [8192, "rw", "drm"]);
  assertMatch(String(info?.["inode"]), /^[1-9]\d*$/);
});

liveTest(
  "--json tells different inodes for different dma-bufs, and one for one",
  machines,
  async () => {
    const results = await resultsOf(
      "create --udmabuf --size 4KiB --as x , create --udmabuf --size 4KiB --as y ," +
        " import x --on card0 --as b , export b --as z",
    );
    const [x, y, , z] = results.map((result) => result["inode"]);
    assert(x !== y);
    assertEquals(z, x);
  },
);

liveTest("--json of devices has each node with version and caps", machines, async () => {
  const [result] = await resultsOf("devices");
  const nodes = result?.["nodes"] as Fields[];
  assertEquals(nodes.length, nodeCount());
  for (const { version, caps } of nodes) {
    assertEquals(typeof (version as Fields)["name"], "string");
    assertEquals((caps as Fields)["prime"], "3");
  }
});

liveTest("--json of mmap has bytes and hashes", machines, async () => {
  const [, mapped] = await resultsOf(
    "create --on card0 --size 4KiB --as a ," +
      " mmap a --write 0=cafe --read 0:2 --crc32 0:2 --sha256 0:2",
  );
  assertEquals(mapped?.["bytes"], "cafe");
  assertEquals(mapped?.["crc32"], "2ac9f220");
  assertMatch(String(mapped?.["sha256"]), /^[0-9a-f]{64}$/);
});

liveTest("--json of sync tells bytes asked and bytes touched", ["arm64-7.2"], async () => {
  const results = await resultsOf(
    "create --on renderD131 --size 8KiB --cached --as a , sync a --range 0:64 --range 4KiB:3 ," +
      " export a --rdwr --as d , sync d --range 0:64 --for cpu --whole",
  );
  const counts = results.map((one) => [one["bytesAsked"], one["bytesTouched"]]);
  assertEquals(counts[1], [67, 67]);
  assertEquals(counts[3], [64, 8192]);
});

liveTest("--json of info has the flags that the kernel reads back", ["arm64-7.2"], async () => {
  const [, info] = await resultsOf(
    "create --on renderD131 --size 4KiB --flags wb-mmap --as a , info a",
  );
  assertEquals(info?.["kernelReadsBack"], {
    imported: false,
    createFlags: { raw: 2, names: ["wb-mmap"] },
  });
});

liveTest("--json of a missing node is an error with its errno", machines, async () => {
  const answer = await boctl("--json --device /dev/dri/card99 create --size 4KiB");
  assertEquals(answer.code, 4);
  const error = jsonOf(answer).at(-1)?.["error"] as Fields;
  assertEquals([error["errno"], error["exitCode"]], ["ENOENT", 4]);
});

liveTest("--json of wrong usage is an error", machines, async () => {
  const answer = await boctl("--json --device card0 create --size minus");
  assertEquals([answer.code, answer.err], [2, ""]);
  assertEquals((jsonOf(answer).at(-1)?.["error"] as Fields)["exitCode"], 2);
});

liveTest("--trace shows each call, decoded", machines, async () => {
  const { code, err } = await boctl(
    "--backend live --trace create --on card0 --size 4KiB --as a , export a --rdwr --as d ," +
      " mmap d --bracket --write 0=ff",
  );
  assertEquals(code, 0);
  for (
    const text of [
      'open("/dev/dri/card0", O_RDWR|O_CLOEXEC) = ',
      "DRM_IOCTL_MODE_CREATE_DUMB, {height=1, width=1024, bpp=32, flags=0, handle=0, pitch=0, size=0}",
      "=> {height=1, width=1024, bpp=32, flags=0, handle=1, pitch=4096, size=4096}) = 0",
      "DRM_IOCTL_PRIME_HANDLE_TO_FD, {handle=1, flags=RDWR|CLOEXEC, fd=-1}",
      "SEEK_END) = 4096",
      "DMA_BUF_IOCTL_SYNC, {flags=",
      "map#1 unmap = 0",
      "DRM_IOCTL_GEM_CLOSE, {handle=1, pad=0}",
    ]
  ) assertStringIncludes(err, text);
});

liveTest("--trace of a refused call shows its errno", amd64, async () => {
  const { code, err } = await boctl("--backend live --trace create --on renderD128 --size 4KiB");
  assertEquals(code, 3);
  assertMatch(err, /DRM_IOCTL_MODE_CREATE_DUMB, .* = -1 EACCES/);
});

liveTest("--trace of BO_SYNC shows its ops", arm64, async () => {
  const { err } = await boctl(
    "--backend live --trace create --on renderD131 --size 8KiB --as a ," +
      " ioctl renderD131 BO_SYNC ops.array=[handle=%a,size=64;handle=%a,offset=4096,size=1]",
  );
  assertStringIncludes(err, "{handle=1, type=FLUSH, offset=4096, size=1}");
});

liveTest(
  "as many buffers and dma-bufs as a script makes are let go at its end",
  machines,
  async () => {
    const many = Array.from(
      { length: 40 },
      (_, i) => `create --on card0 --size 4KiB --as b${i} , export b${i} --rdwr --as d${i}`,
    );
    // boctl() counts the descriptors before and after.
    const { code, out } = await boctl(`--backend live ${many.join(" , ")} , list`);
    assertEquals(code, 0);
    assertStringIncludes(out, "d39");
  },
);

liveTest(
  "a handle of every run is the first of its file: none is left from before",
  machines,
  async () => {
    for (let i = 0; i < 3; i++) {
      const [made] = await resultsOf("create --on card0 --size 4KiB");
      assertEquals(made?.["handle"], 1);
    }
  },
);
