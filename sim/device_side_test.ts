import { assertEquals } from "@std/assert";
import {
  createPanthor,
  deviceSide,
  exportFd,
  importHandle,
  kernelOf,
  map,
  openNode,
  outcome,
} from "./_test_kit.ts";

Deno.test("the device's side refuses what is no node, no handle, or outside the buffer", () => {
  const kernel = kernelOf("panthor");
  const side = deviceSide(kernel);
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const other = openNode(kernel, "/dev/null");
  const handle = createPanthor(kernel, fd, 4096);
  const large = createPanthor(kernel, fd, 2 ** 32);
  const cases: [string, number, number, number, number, string][] = [
    ["closed", 99, handle, 0, 1, "EBADF"],
    ["no DRM node", other, handle, 0, 1, "ENOTTY"],
    ["unknown handle", fd, 9, 0, 1, "ENOENT"],
    ["past the end", fd, handle, 4096, 1, "EINVAL"],
    ["negative", fd, handle, -1, 1, "EINVAL"],
    ["no number", fd, handle, NaN, 1, "EINVAL"],
    ["more than a caller can hold", fd, large, 0, 2 ** 31, "ENOMEM"],
    ["nothing at the end", fd, handle, 4096, 0, "ok"],
  ];
  for (const [what, node, bo, offset, length, wanted] of cases) {
    const read = side.read(node, bo, offset, length);
    assertEquals(typeof read === "number" ? outcome(read) : "ok", wanted, what);
  }
  assertEquals(outcome(side.write(fd, handle, 4090, new Uint8Array(7))), "EINVAL");
  assertEquals(side.write(fd, handle, 4090, new Uint8Array(6)), 6);
  assertEquals(outcome(Number(side.books(fd, 9))), "ENOENT");
  assertEquals(side.lineBytes, 64);
});

Deno.test("an importer's device sees the exporter's memory by its own bus", () => {
  const kernel = kernelOf("qemu-arm64");
  const side = deviceSide(kernel);
  const plain = openNode(kernel, "/dev/dri/renderD131");
  const coherent = openNode(kernel, "/dev/dri/renderD132");
  const handle = createPanthor(kernel, plain, 4096, 2);
  const fd = exportFd(kernel, plain, handle);
  const imported = importHandle(kernel, coherent, fd);
  map(kernel, fd, 4096).fill(0, 4, 7);
  assertEquals(side.read(plain, handle, 0, 2), new Uint8Array([0, 0]));
  assertEquals(side.read(coherent, imported, 0, 2), new Uint8Array([7, 7]));
  assertEquals(side.stale(plain, handle, 0, 4096), [{ offset: 0, length: 4 }]);
  assertEquals(side.stale(coherent, imported, 0, 4096), []);
});
