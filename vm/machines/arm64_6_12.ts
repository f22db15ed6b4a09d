import type { Machine } from "../machine.ts";
import { board } from "./arm64_board.ts";

/** Linux 6.12 on an arm64 board of ten render nodes (arm64_board.ts), and udmabuf. */
export const ARM64_6_12: Machine = board({
  name: "arm64-6.12",
  kernel: { series: "6.12", suite: "bookworm-security", flavour: "arm64" },
  byDefault: true,
  cpu: "cortex-a53",
});
