import type { Machine } from "../machine.ts";
import { pc } from "./amd64_pc.ts";

/** Linux 6.12 on a PC with vgem, virtio-gpu, bochs and cirrus, udmabuf and the system heap. */
export const AMD64_6_12: Machine = pc({
  name: "amd64-6.12",
  kernel: { series: "6.12", suite: "bookworm-security", flavour: "amd64" },
  byDefault: true,
  essential: true,
  cirrus: { module: "cirrus", driver: "cirrus" },
  heaps: true,
  transport: [],
});
