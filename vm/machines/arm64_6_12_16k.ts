import type { Machine } from "../machine.ts";
import { board } from "./arm64_board.ts";

/** Linux 6.12 with pages of 16 KiB on the same board as arm64-6.12. */
export const ARM64_6_12_16K: Machine = board({
  name: "arm64-6.12-16k",
  kernel: { series: "6.12", suite: "bookworm-security", flavour: "arm64-16k" },
  byDefault: false,
  cpu: "neoverse-n1",
});
