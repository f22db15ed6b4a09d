import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_test_kit.ts";

const buffer = "--device sim:panthor create --size 4KiB --as a ,";
const dmaBuf = `${buffer} export a --rdwr --as db ,`;

/** The last line of what a command line on a fresh buffer prints. */
async function last(line: string, before = buffer): Promise<string> {
  const { code, out, err } = await boctl(`${before} ${line}`);
  assertEquals([code, err], [0, ""], line);
  return out.split("\n").at(-1) ?? "";
}

async function refusal(
  line: string,
  before = buffer,
): Promise<{ code: number; message: string; hint: string | undefined }> {
  const { code, err } = await boctl(`${before} ${line}`);
  const [message = "", hint] = err.split("\n");
  return { code, message, hint };
}

Deno.test("mmap acts in its order: fill, write, verify, read, dump, hashes", async () => {
  const { code, out } = await boctl(
    `${buffer} mmap a --read 0:8 --verify 2=dead --write 2=dead --fill 11@0:8 --crc32 0:8`,
  );
  assertEquals(code, 0);
  assertEquals(out.split("\n").slice(1), [
    "wrote 10 bytes to a",
    "verified 2 bytes at 0x2",
    "1111dead11111111",
    "crc32 7831a581",
  ]);
});

Deno.test("mmap knows the checksums of known bytes", async () => {
  // "123456789" is the check string of CRC catalogues; SHA-256 of "abc" is FIPS 180-2's.
  const check = "--write 0=313233343536373839";
  assertEquals(await last(`mmap a ${check} --crc32 0:9`), "crc32 cbf43926");
  assertEquals(
    await last("mmap a --write 0=616263 --sha256 0:3"),
    "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assertEquals(await last("mmap a --crc32 0:0"), "crc32 00000000");
});

Deno.test("mmap dumps as hexdump -C does, counting from the range's start", async () => {
  assertEquals(
    await last("mmap a --write 0x10=41 --dump 0x10:1"),
    "00000011",
  );
  const { out } = await boctl(`${buffer} mmap a --write 0x10=41 --dump 0x10:1`);
  assertEquals(
    out.split("\n").at(-2),
    "00000010  41                                                |A|",
  );
});

Deno.test("mmap takes the bytes of a file", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, Uint8Array.of(0xca, 0xfe));
    assertEquals(await last(`mmap a --write 4=@${path} --read 4:2`), "cafe");
    assertEquals((await refusal(`mmap a --verify 0=@${path}`)).code, 1);
    const beyond = await refusal(`mmap a --write 4095=@${path}`);
    assertEquals([beyond.code, beyond.message], [
      2,
      "boctl: --write: 2 bytes at 4095 end beyond the 4096 bytes that are mapped",
    ]);
    await Deno.truncate(path);
    assertEquals(await last(`mmap a --write 4096=@${path} --read 0:1`), "00");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("mmap tells the first byte that differs, with what is there and what was wanted", async () => {
  const { code, message } = await refusal("mmap a --write 16=aabbcc --verify 15=00aabbdd");
  assertEquals([code, message], [1, "boctl: verify: a differs at 0x12: it has cc, not dd"]);
});

Deno.test("mmap of a buffer that was made without CPU maps says so", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["sim:am62 create --size 4KiB --no-mmap", "no ALLOW_CPU_USERSPACE_ACCESS"],
    ["sim:kbase create --size 4KiB --no-mmap", "no PROT_CPU_RD or PROT_CPU_WR"],
    ["sim:a64 create --size 4KiB --flags heap", "LIMA_BO_FLAG_HEAP"],
    ["sim:amdgpu-laptop create --size 4KiB --no-mmap", "NO_CPU_ACCESS"],
    ["sim:panthor@6.12 create --size 4KiB --no-mmap", "NO_MMAP"],
  ];
  for (const [create, why] of cases) {
    const { code, out, err } = await boctl(`--device ${create} --as a , mmap a --read 0:1`);
    assertEquals([code, out.includes(", no CPU maps")], [3, true], create);
    assertStringIncludes(err, why);
  }
});

Deno.test("mmap of a buffer that its node does not map says that the dma-buf does", async () => {
  for (const create of ["panthor create --no-mmap", "panfrost create --flags heap,noexec"]) {
    const line = `--device sim:${create} --size 4KiB --as a ,`;
    const { code, out, err } = await boctl(`${line} mmap a --read 0:1`);
    assertEquals([code, out.includes(", mapped through its dma-buf alone")], [3, true], create);
    assertStringIncludes(err, "dma-buf");
    const through = await boctl(`${line} export a --rdwr --as db , mmap db --read 0:1`);
    assertEquals([through.code, through.out.split("\n").at(-1)], [0, "00"], create);
  }
});

Deno.test("mmap refuses what it cannot do, before it maps anything", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["mmap a", "mmap: nothing to do"],
    ["mmap a --bracket", "mmap: nothing to do"],
    ["mmap a --read 0:4097", "--read: 0x0..0x1001 (4097 B) ends beyond the 4096 bytes"],
    ["mmap a --dump 1..0", '--dump: "1..0" ends before it starts'],
    ["mmap a --sha256 everything", '--sha256: "everything" is not a range'],
    ["mmap a --write 0", '--write: "0" is not OFFSET=BYTES'],
    ["mmap a --write 4096=00", "--write: 1 bytes at 4096 end beyond the 4096 bytes"],
    ["mmap a --write 0xffffffffffffffff=00", "--write: 1 bytes at 18446744073709551615 end"],
    ["mmap a --write -1=00", '--write offset: "-1" is negative'],
    ["mmap a --write 0=0", '--write: "0" has 1 hexadecimal digits'],
    ["mmap a --write 0=@/no/such", "/no/such: there is no such file"],
    ["mmap a --fill 0102", '--fill: "0102" is not one byte'],
    ["mmap a --fill aa@0:5KiB", "--fill: 0x0..0x1400 (5120 B) ends beyond"],
    ["mmap a --read-only --fill 00", "mmap: --read-only and an action that writes exclude"],
    ["mmap a --as 1x", '--as: "1x" is not a name'],
    ["mmap a --as a", '--as: "a" is taken'],
    ["mmap a --via gpu --read 0:1", '--via: "gpu" is none of node, dma-buf'],
    ["mmap a --via dma-buf --read 0:1", '"a" has no dma-buf to be mapped through'],
    ["mmap panthor --read 0:1", '"panthor" is a device, not a buffer or dma-buf or mapping'],
  ];
  for (const [line, message] of cases) {
    const { err } = await boctl(`${buffer} ${line} --trace`);
    const error = err.split("\n").find((text) => text.startsWith("boctl: ")) ?? "";
    assertEquals(error.startsWith(`boctl: ${message}`), true, `${line}: ${error}`);
    assertEquals((await boctl(`${buffer} ${line}`)).code, 2);
    assertEquals(err.includes("mmap("), false, `${line} mapped`);
  }
});

Deno.test("mmap prints no more than 16 MiB, and hashes any length", async () => {
  const large = "--device sim:panthor create --size 17M --as a ,";
  for (const option of ["--read", "--dump"]) {
    const { code, message, hint } = await refusal(`mmap a ${option} all`, large);
    assertEquals([code, message, hint], [
      2,
      "boctl: --read and --dump print at most 16 MiB, not 17825792 bytes",
      "  hint: Use --sha256 or --crc32 for more.",
    ]);
  }
  assertEquals((await last("mmap a --crc32 all", large)).startsWith("crc32 "), true);
});

Deno.test("mmap --as keeps a mapping, which outlives its buffer", async () => {
  const keep = "mmap a --as m --write 0=dead , close a , mmap m --read 0:2";
  assertEquals(await last(keep), "dead");
  assertEquals(
    await last("mmap a --as m , close m , list"),
    "a        buffer  4 KiB  on panthor, handle 1",
  );
  const again = await refusal("mmap a --as m , mmap m --as n");
  assertEquals(again.message, 'boctl: mmap: "m" is mapped already: --as and --via do not apply');
});

Deno.test("mmap --as keeps no mapping of an action that failed", async () => {
  await Promise.all(["--verify 0=01", "--bracket"].map(async (option) => {
    const script = `mmap a --as m ${option}`;
    const { code } = await boctl(`${buffer} ${script}`);
    assertEquals(code === 0, false);
  }));
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(
      path,
      "create --size 4KiB --as a\nexpect exit=1 mmap a --as m --verify 0=01\nexpect exit=2 info m\n",
    );
    assertEquals((await boctl(`--device sim:panthor run ${path}`)).code, 0);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("mmap --read-only keeps a mapping that cannot be written", async () => {
  const { code, message } = await refusal("mmap a --read-only --as m , mmap m --write 8=00");
  assertEquals([code, message], [
    3,
    "boctl: write at 0x8 on a: EFAULT: the mapping is read-only",
  ]);
});

Deno.test("mmap --bracket begins and ends around the action, and when it fails, too", async () => {
  const calls = async (line: string): Promise<string[]> => {
    const { err } = await boctl(`${dmaBuf} ${line} --trace`);
    return [...err.matchAll(/DMA_BUF_IOCTL_SYNC, \{flags=(\w+(?:\|\w+)*)/g)].map(([, f]) =>
      f ?? ""
    );
  };
  assertEquals(await calls("mmap db --bracket --read 0:1"), ["START|READ", "END|READ"]);
  assertEquals(await calls("mmap db --bracket --write 0=00"), ["START|WRITE", "END|WRITE"]);
  assertEquals(await calls("mmap db --bracket --fill 00 --read 0:1"), ["START|RW", "END|RW"]);
  assertEquals(await calls("mmap db --bracket --verify 0=01"), ["START|READ", "END|READ"]);
  assertEquals(await calls("mmap db --read 0:1"), []);
});

Deno.test("mmap --bracket needs a dma-buf that is still held", async () => {
  const node = await refusal("mmap a --bracket --read 0:1");
  assertEquals([node.code, node.message], [
    2,
    'boctl: mmap: --bracket: "a" is not mapped through a dma-buf',
  ]);
  // The heap's buffer gets the number of the descriptor that was closed.
  const closed = await refusal(
    "mmap db --as m , close db , create --udmabuf --size 4KiB , mmap m --bracket --read 0:1",
    dmaBuf,
  );
  assertEquals([closed.code, closed.message], [
    2,
    'boctl: mmap: --bracket: the dma-buf "db" was closed',
  ]);
});

Deno.test("mmap maps an import through its dma-buf, unless --via node is said", async () => {
  const imported = "--device sim:panthor create --size 4KiB --on vgem --as a , " +
    "export a --rdwr --as db , import db --on panthor --as b ,";
  assertEquals(
    await last("mmap b --as m", imported),
    "m: 4 KiB of b through its dma-buf",
  );
  assertEquals(await last("mmap b --via node --as m", imported), "m: 4 KiB of b through its node");
  const cirrus = "--device sim:qemu create --size 4KiB --as a , export a --as db , " +
    "import db --on cirrus --as b ,";
  const { code, message } = await refusal("mmap b --via node --read 0:1", cirrus);
  assertEquals([code, message], [
    3,
    "boctl: DRM_IOCTL_MODE_MAP_DUMB on cirrus: EINVAL: an imported buffer cannot be mapped " +
    "through its importer: map the dma-buf",
  ]);
});
