import type { Machine } from "../machine.ts";
import { pc } from "./amd64_pc.ts";

/** Linux 6.1, the kernel of Debian 12: no udmabuf, no heap, bochs without PRIME. */
export const AMD64_6_1: Machine = pc({
  name: "amd64-6.1",
  kernel: { series: "6.1", suite: "bookworm-security", flavour: "amd64" },
  byDefault: false,
  cirrus: { module: "cirrus", driver: "cirrus" },
  heaps: false,
  transport: ["virtio_pci"],
});
