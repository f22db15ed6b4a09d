import type { Machine } from "../machine.ts";
import { board } from "./arm64_board.ts";

/** Linux 7.2 on an arm64 board of ten render nodes (arm64_board.ts), and udmabuf. */
export const ARM64_7_2: Machine = board({
  name: "arm64-7.2",
  kernel: { series: "7.2", suite: "trixie-backports", flavour: "arm64" },
  byDefault: true,
  essential: true,
  cpu: "cortex-a53",
});
