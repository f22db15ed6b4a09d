import type { Machine } from "../machine.ts";
import { pc } from "./amd64_pc.ts";

/** Linux 7.2 on the same PC as amd64-6.12; the cirrus driver has been renamed. */
export const AMD64_7_2: Machine = pc({
  name: "amd64-7.2",
  kernel: { series: "7.2", suite: "trixie-backports", flavour: "amd64" },
  byDefault: true,
  cirrus: { module: "cirrus-qemu", driver: "cirrus-qemu" },
  heaps: true,
  transport: [],
});
