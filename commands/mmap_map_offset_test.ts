import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_test_kit.ts";

const made = "--device sim:panthor create --size 8KiB --as a , export a --rdwr --as db ,";

Deno.test("mmap --map-offset counts ranges from where the mapping starts", async () => {
  const { code, err } = await boctl(`${made} mmap db --map-offset 4KiB --read 4KiB:1`);
  assertEquals(code, 2);
  assertStringIncludes(err, "ends beyond the 4096 bytes that are mapped");
  const whole = await boctl(`${made} mmap db --map-offset 4KiB --fill 11 , mmap db --crc32 4KiB:1`);
  assertEquals(whole.code, 0, whole.err);
});

Deno.test("mmap --map-offset ends before the buffer does", async () => {
  const { code, err } = await boctl(`${made} mmap db --map-offset 8KiB --read 0:1`);
  assertEquals([code, err.split("\n")[0]], [2, "boctl: --map-offset: db has 8192 bytes"]);
});

Deno.test("mmap --map-offset inside a page is the kernel's to refuse", async () => {
  const { code, err } = await boctl(`${made} mmap db --map-offset 64 --read 0:1`);
  assertEquals(code, 3);
  assertStringIncludes(err, "mmap on db: EINVAL");
});

Deno.test("mmap --map-offset does not move what is mapped already", async () => {
  const { code, err } = await boctl(`${made} mmap db --as m , mmap m --map-offset 4KiB --read 0:1`);
  assertEquals([code, err.split("\n")[0]], [
    2,
    'boctl: mmap: "m" is mapped already: --map-offset does not apply',
  ]);
});

Deno.test("mmap --map-offset: findings name the bytes that were meant", async () => {
  const { out } = await boctl(
    `${made} mmap db --map-offset 4KiB --write 0=aa , policy-check --notes`,
  );
  assertStringIncludes(out, "CPU write of 0x1000..0x1001 (1 B) of db");
});
