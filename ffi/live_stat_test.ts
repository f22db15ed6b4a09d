import { assertEquals } from "@std/assert";
import { decodeStatx, STATX_BYTES } from "./live_stat.ts";

Deno.test("decodeStatx() reads each field at its place", () => {
  const bytes = new Uint8Array(STATX_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(28, 0o020660, true);
  view.setUint32(20, 1000, true);
  view.setUint32(24, 44, true);
  view.setBigUint64(32, 2n ** 40n + 5n, true);
  view.setBigUint64(40, 2n ** 33n, true);
  view.setUint32(128, 226, true);
  view.setUint32(132, 128, true);
  const told = { mode: 0o660, uid: 1000, gid: 44, inode: 2n ** 40n + 5n, size: 2n ** 33n };
  assertEquals(decodeStatx(bytes), { kind: "character", ...told, rdev: "226:128" });
  view.setUint16(28, 0o4755, true); // no type at all, as dma-bufs have
  assertEquals(decodeStatx(bytes), { kind: "other", ...told, mode: 0o4755, rdev: "" });
  view.setUint16(28, 0o060000, true);
  assertEquals(decodeStatx(bytes), { kind: "block", ...told, mode: 0, rdev: "226:128" });
});
