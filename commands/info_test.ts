import { assertEquals } from "@std/assert";
import { boctl } from "./_test_kit.ts";

async function info(line: string): Promise<Map<string, string>> {
  const { code, out, err } = await boctl(line);
  assertEquals([code, err], [0, ""], line);
  return new Map(
    out.split("\n").map((text): [string, string] => {
      const colon = text.indexOf(": ");
      return [text.slice(0, colon), text.slice(colon + 1).trim()];
    }),
  );
}

Deno.test("info of a buffer tells flags asked, caching in effect, and what the kernel reads back", async () => {
  const made = "--device sim:panthor create --size 4KiB --cached --private --as a ,";
  const told = await info(`${made} info a`);
  assertEquals(told.get("caching in effect"), "write-back");
  assertEquals(told.get("flags asked"), "wb-mmap");
  assertEquals(told.get("kernel reads back"), "wb-mmap");
  assertEquals(told.get("kernel says imported"), "no");
  assertEquals(told.get("private"), "yes: cannot be exported");
  const coherent = await info("--device sim:panthor-coherent create --size 4KiB --as a , info a");
  assertEquals([coherent.get("caching in effect"), coherent.get("flags asked")], [
    "write-back",
    "none",
  ]);
});

Deno.test("info of a buffer that its node does not map says what does", async () => {
  const cases = [["panthor", "through its dma-buf alone (NO_MMAP)"], [
    "amdgpu-laptop",
    "by nothing (NO_CPU_ACCESS)",
  ]] as const;
  for (const [board, mapped] of cases) {
    const told = await info(`--device sim:${board} create --size 4KiB --no-mmap , info bo1`);
    assertEquals([told.get("mapped for the CPU"), told.has("caching in effect")], [mapped, false]);
  }
});

Deno.test("info of an import tells where it came from, and who shares its handle", async () => {
  const made =
    "--device sim:panthor create --size 4KiB --on vgem --as a , export a --rdwr --as db , " +
    "import db --on panthor --as b , import db --on panthor --as c ,";
  const told = await info(`${made} info b`);
  assertEquals(told.get("kernel says imported"), "yes");
  assertEquals(told.get("import of")?.startsWith("db: read-write, inode "), true);
  assertEquals(told.get("same handle"), "c");
});

Deno.test("info of a dma-buf reads its label again", async () => {
  const line = "--device sim:panthor create --heap system --size 4KiB --as db , " +
    "ioctl db DMA_BUF_SET_NAME argument=frame , info db --json";
  const { out } = await boctl(line);
  assertEquals(JSON.parse(out.split("\n").at(-1) ?? "").result.label, "frame");
});

Deno.test("info of a device and of a mapping", async () => {
  const made = "--device sim:panthor create --size 4KiB --as a , mmap a --as m ,";
  const device = await info(`${made} info panthor`);
  assertEquals(device.get("device"), "panthor, /dev/dri/renderD128 (render node)");
  assertEquals(device.get("coherency"), "non-coherent");
  assertEquals(device.get("sync"), "flush, flush-invalidate");
  const { out } = await boctl(`${made} info m`);
  assertEquals(
    out.split("\n").at(-1),
    "m: mapping of a through its node, 4 KiB, caching write-combined",
  );
});
