/** What only a kernel with pages of 16 KiB answers so. */
import { type Case, table } from "../_case.ts";
import { panfrost, panthor } from "./_nodes.ts";

export const cases: readonly Case[] = table(["arm64-6.12-16k"], [
  ...["card0", panfrost, panthor].map((node) => ({
    name: `a buffer of 100 bytes on ${node} has a page of 16 KiB`,
    line: `create --on ${node} --size 100 --as a`,
    says: ["a: 16 KiB (asked for 100 B)"],
  })),
  {
    name: "udmabuf rounds the size to pages of 16 KiB",
    line: "create --udmabuf --size 20000 --as d , info d",
    says: ["dma-buf of udmabuf, 32 KiB"],
  },
  {
    name: "UDMABUF_CREATE of 4096 bytes, which is no page of 16 KiB, is EINVAL",
    line: "ioctl udmabuf CREATE memfd=9999 size=4096",
    errno: "EINVAL",
  },
  {
    name: "UDMABUF_CREATE at 4096 bytes, which is no page of 16 KiB, is EINVAL",
    line: "ioctl udmabuf CREATE memfd=9999 size=16384 offset=4096",
    errno: "EINVAL",
  },
]);
