import { assertEquals } from "@std/assert";
import { zstdCompressSync } from "node:zlib";
import { vmlinuxOf } from "./vmlinux.ts";

Deno.test("vmlinuxOf() unpacks the payload of a bzImage", () => {
  const kernel = new TextEncoder().encode("kernel ".repeat(100));
  const packed = new Uint8Array(zstdCompressSync(kernel));
  const image = new Uint8Array(0x1000 + packed.length + 4);
  const view = new DataView(image.buffer);
  image[0x1f1] = 3; // setup sectors: the payload begins at (3 + 1) * 512 + 0x800
  view.setUint32(0x202, 0x53726448, true);
  view.setUint32(0x248, 0x800, true);
  view.setUint32(0x24c, packed.length + 4, true);
  image.set(packed, 0x1000);
  assertEquals(vmlinuxOf(image), kernel);
});

Deno.test("vmlinuxOf() leaves other images as they are", () => {
  const image = new Uint8Array(0x400).fill(7);
  assertEquals(vmlinuxOf(image), image);
});
