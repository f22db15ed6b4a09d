import { PANFROST_G52 } from "../board/panfrost.ts";
import { PANTHOR_G610 } from "../board/panthor.ts";
import { RESERVED_REGISTERS } from "../board/reserved.ts";
import type { ExpectedNode, KernelSource, Machine } from "../machine.ts";

/** What differs between the arm64 machines. */
export interface BoardOptions {
  readonly name: string;
  readonly kernel: KernelSource;
  readonly byDefault: boolean;
  readonly essential?: boolean;
  /** The 16 KiB-page kernel hangs on cortex-a53, and `max` takes four times as long. */
  readonly cpu: "cortex-a53" | "neoverse-n1";
}

/**
 * QEMU's `virt` machine with vgem, two panfrost and two panthor devices whose drivers are Debian's.
 *
 * Of each pair the first is not coherent and the second is `dma-coherent`. The nodes are numbered
 * in the order of insmod and, within one driver, of address.
 */
export function board(options: BoardOptions): Machine {
  const nodes: ExpectedNode[] = [
    { card: 0, render: 128, driver: "vgem", device: "vgem" },
    { card: 1, render: 129, driver: "panfrost", device: "78000000.gpu", coherent: false },
    { card: 2, render: 130, driver: "panfrost", device: "78010000.gpu", coherent: true },
    { card: 3, render: 131, driver: "panthor", device: "78200000.gpu", coherent: false },
    { card: 4, render: 132, driver: "panthor", device: "78300000.gpu", coherent: true },
  ];
  return {
    name: options.name,
    arch: "arm64",
    kernel: options.kernel,
    byDefault: options.byDefault,
    essential: options.essential ?? false,
    cpu: options.cpu,
    devices: [],
    modules: ["vgem", "fixed", "panfrost", "panthor"],
    board: [RESERVED_REGISTERS, PANFROST_G52, PANTHOR_G610],
    nodes,
    files: ["/dev/udmabuf"],
  };
}
