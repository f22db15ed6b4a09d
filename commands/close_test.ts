import { assertEquals } from "@std/assert";
import { boctl, withScript } from "./_test_kit.ts";

async function script(...lines: string[]): Promise<[number, string]> {
  return await withScript(lines, async (path) => {
    const { code, err } = await boctl(`--device sim:panthor run ${path}`);
    return [code, err];
  });
}

Deno.test("close lets the others of a handle be used on", async () => {
  const result = await script(
    "create --size 4KiB --as a",
    "export a --rdwr --as db",
    "import db --as b",
    "import db --as c",
    "mmap a --write 0=deadbeef",
    "close a",
    "expect bytes=deadbeef mmap b --read 0:4",
    "close c",
    "expect bytes=deadbeef mmap b --read 0:4",
    "close db",
    "expect bytes=deadbeef mmap b --read 0:4",
    "export b --as again",
    "close b",
    "expect bytes=deadbeef mmap again --read 0:4",
  );
  assertEquals(result, [0, ""]);
});

Deno.test("close lets an import be used after its exporter's buffer is gone", async () => {
  const result = await script(
    "create --size 4KiB --on vgem --as a",
    "export a --rdwr --as db",
    "import db --on panthor --as b",
    "mmap a --write 0=dead",
    "close a db",
    "expect bytes=dead mmap b --read 0:2",
  );
  assertEquals(result, [0, ""]);
});

Deno.test("close checks every name before it lets one go", async () => {
  const result = await script(
    "create --size 4KiB --as a",
    "expect exit=2 close a nosuch",
    "info a",
    "expect exit=2 close panthor",
    "info a",
    "close panthor a",
    "expect exit=2 info a",
  );
  assertEquals(result, [0, ""]);
});

Deno.test("close names each once, in the order in which it lets go", async () => {
  const { code, out } = await boctl(
    "--device sim:panthor create --size 4KiB --as a , export a --as db , mmap db --as m --read-only , " +
      "close panthor db a m a",
  );
  assertEquals([code, out.split("\n").at(-1)], [0, "closed m, a, db, panthor"]);
});

Deno.test("close tells of a handle that a raw call closed", async () => {
  const { code, err } = await boctl(
    "--device sim:panthor create --size 4KiB --as a , ioctl . GEM_CLOSE handle=%a , close a",
  );
  assertEquals([code, err], [
    3,
    'boctl: DRM_IOCTL_GEM_CLOSE on panthor: EINVAL: handle 1 of "a" was closed by something else',
  ]);
});

Deno.test("a name that was closed can be taken again", async () => {
  const result = await script(
    "create --size 4KiB --as a",
    "expect exit=2 create --size 4KiB --as a",
    "close a",
    "create --size 8KiB --as a",
  );
  assertEquals(result, [0, ""]);
});
