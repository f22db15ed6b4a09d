import { assertEquals } from "@std/assert";
import { boctl } from "./_test_kit.ts";

const cached = "--device sim:panthor create --size 4KiB --cached --as a , mmap a --fill aa ,";

async function lines(line: string): Promise<string[]> {
  const { code, out, err } = await boctl(line);
  assertEquals([code, err], [0, ""], line);
  return out.split("\n");
}

Deno.test("sync tells the operation, its ranges, and what the books counted", async () => {
  assertEquals((await lines(`${cached} sync a --range 0:64 --range 0x80:64`)).slice(-2), [
    "a: flush (clean) of 0x0..0x40 (64 B), 0x80..0xc0 (64 B)",
    "  books: 2 lines touched, 2 cleaned, 0 invalidated, 20 ns",
  ]);
  assertEquals((await lines(`${cached} sync a --range 16:1`)).slice(-1), [
    "  books: 1 line touched, 1 cleaned, 0 invalidated, 63 bytes carried along by edge lines, 10 ns",
  ]);
  assertEquals((await lines(`${cached} sync a --whole --for cpu`)).slice(-2), [
    "a: flush-invalidate (clean-invalidate) of 0x0..0x1000 (4096 B)",
    // Visited twice: cleaned, then dropped (panthor_gem_sync() makes two calls).
    "  books: 128 lines touched, 64 cleaned, 64 invalidated, 1.28 us",
  ]);
});

Deno.test("sync tells of lines that it visited in vain", async () => {
  const [, books] = (await lines(`${cached} sync a --whole , sync a --whole`)).slice(-2);
  assertEquals(books, "  books: 64 lines touched, 0 cleaned, 0 invalidated, 64 in vain, 640 ns");
});

Deno.test("sync of a dma-buf tells that it touched the whole", async () => {
  const [first] = (await lines(
    `${cached} export a --rdwr --as db , sync db --range 0:64 --whole --for cpu`,
  )).slice(-2);
  assertEquals(
    first,
    "db: begin (invalidate) of 0x0..0x40 (64 B); the interface touched the whole buffer, 4 KiB",
  );
});

Deno.test("sync with nothing to do says why", async () => {
  const plain = "--device sim:panthor create --size 4KiB --as a ,";
  assertEquals(
    (await lines(`${plain} sync a --range 0:64`)).at(-1),
    "a: nothing to do: the buffer is write-combined",
  );
  assertEquals(
    (await lines("--device sim:qemu create --size 4KiB --as a , sync a")).at(-1),
    "a: nothing to do: dumb buffers have no cache maintenance call",
  );
});

Deno.test("sync makes exactly its range visible to the device", async () => {
  const read = "device read a 0:4 , device read a 64:4 , device read a 128:4";
  const { out } = await boctl(`${cached} sync a --range 64:64 , ${read} --json`);
  const answers = out.split("\n").map((line) => JSON.parse(line)).slice(-3);
  assertEquals(answers.map(({ result }) => result.bytes), ["00000000", "aaaaaaaa", "00000000"]);
  assertEquals(answers.map(({ result }) => result.stale.length), [1, 0, 1]);
});

Deno.test("sync --json tells asked and touched, in ranges and in bytes", async () => {
  const { out } = await boctl(`${cached} sync a --range 1:2 --range 64:64 --json`);
  const { result } = JSON.parse(out.split("\n").at(-1) ?? "");
  assertEquals([result.op, result.via, result.bytesAsked, result.bytesTouched], [
    "flush",
    "driver",
    66,
    66,
  ]);
  assertEquals(result.asked, [{ offset: 1, length: 2 }, { offset: 64, length: 64 }]);
  assertEquals([result.books.bytesAsked, result.books.linesTouched], [66, 2]);
});

Deno.test("sync refuses wrong usage, and names the way", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["sync a", "which bytes of a? Nothing was said"],
    ["sync a --range 0:8KiB", "--range: 0x0..0x2000 (8192 B) ends beyond a, which has 4096 bytes"],
    ["sync a --range 64..0", '--range: "64..0" ends before it starts'],
    ["sync a --range -1:1", '--range: offset of "-1:1": "-1" is negative'],
    ["sync a --range 0:64 --op flush --for cpu", "sync: --op and --for exclude each other"],
    ["sync a --range 0:64 --op clean", '--op: panthor has no operation "clean"'],
    ["sync a --range 0:64 --for gpu", '--for: "gpu" is none of device, cpu'],
    ["sync a --range 0:64 --access x", '--access: "x" is none of r, w, rw'],
    ["sync panthor --whole", '"panthor" is a device, not a buffer or dma-buf'],
    ["export a --as db , sync db", "end acts on the whole of db (4096 bytes)"],
    ["export a --as db , sync db --range 0:64 --raw", "end acts on the whole of db (4096 bytes)"],
  ];
  for (const [line, message] of cases) {
    const { code, err } = await boctl(`${cached} ${line}`);
    assertEquals([code, err.startsWith(`boctl: ${message}`)], [2, true], `${line}: ${err}`);
  }
});

Deno.test("sync --raw sends what is known to be wrong, as far as fields hold it", async () => {
  const { code, err } = await boctl(`${cached} sync a --raw --range 0:8KiB`);
  assertEquals([code, err], [
    3,
    "boctl: DRM_IOCTL_PANTHOR_BO_SYNC on panthor: EINVAL: the range ends beyond the buffer's " +
    "4096 bytes",
  ]);
  const wide = "--raw --range 0xfffffffffffff000:0xfff";
  assertEquals((await boctl(`${cached} sync a ${wide}`)).code, 3);
});
