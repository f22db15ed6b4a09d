import { assertEquals } from "@std/assert";
import { boctl } from "./_test_kit.ts";

const shared = "create --size 4KiB --as a , export a --rdwr --as db ,";

Deno.test("wait ends at once where nothing runs", async () => {
  const { code, out } = await boctl(`--device sim:panthor ${shared} wait db , wait db --access r`);
  assertEquals(code, 0);
  assertEquals(out.split("\n").slice(-2).map((line) => line.replace(/[\d.]+ ms/, "N ms")), [
    "db: idle after N ms (poll)",
    "db: idle after N ms (poll)",
  ]);
});

Deno.test("wait with nothing to wait with is exit 77, and says what to do", async () => {
  const { code, err } = await boctl(`--device sim:panthor ${shared} wait a`);
  assertEquals([code, err], [
    77,
    "boctl: wait: panthor has no call to wait for a buffer\n" +
    "  hint: Export it and wait for the dma-buf: export a --rdwr --as db , wait db",
  ]);
});

Deno.test("wait gives up when its time is over: exit 3, ETIMEDOUT", async () => {
  const busy = `--device sim:qemu ${shared} ioctl . VGEM_FENCE_ATTACH handle=%a flags=WRITE ,`;
  const { code, err } = await boctl(`${busy} wait db --timeout 250`);
  assertEquals([code, err], [
    3,
    "boctl: poll on db: ETIMEDOUT: still busy after 250 ms\n" +
    "  hint: Some device's job on this memory has not ended; --timeout waits longer.",
  ]);
});

Deno.test("wait stops when it is interrupted: exit 130", async () => {
  const abort = new AbortController();
  const waiting = boctl(
    `--device sim:qemu ${shared} ioctl . VGEM_FENCE_ATTACH handle=%a flags=WRITE , ` +
      "wait db --timeout 2147483647",
    { signal: abort.signal },
  );
  setTimeout(() => abort.abort(), 20);
  const { code, err } = await waiting;
  assertEquals([code, err], [130, "boctl: interrupted while waiting for db"]);
});
