import { ETNAVIV_GC7000 } from "../board/etnaviv.ts";
import { LIMA_MALI400 } from "../board/lima.ts";
import { MSM_ADRENO200 } from "../board/msm.ts";
import { PANFROST_G52 } from "../board/panfrost.ts";
import { PANTHOR_G610 } from "../board/panthor.ts";
import { RESERVED_REGISTERS } from "../board/reserved.ts";
import { V3D_42 } from "../board/v3d.ts";
import { VC4_CYGNUS } from "../board/vc4.ts";
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
 * QEMU's `virt` machine with vgem, two panfrost, two panthor and one device each of v3d, etnaviv,
 * lima, msm and vc4, whose drivers are Debian's.
 *
 * Of each pair the first is not coherent and the second is `dma-coherent`; the single ones are not
 * coherent. The nodes are numbered in the order of insmod and, within one driver, of address.
 *
 * The nodes of etnaviv and vc4 hang off a device above the GPU, which gathers the GPU's parts; so
 * do those of msm on 6.12, while on 7.2 they are the GPU's own.
 */
export function board(options: BoardOptions): Machine {
  const msm = options.kernel.series === "6.12"
    ? { device: "msm" }
    : { device: "78140000.gpu", deviceDriver: "adreno", coherent: false };
  const nodes: ExpectedNode[] = [
    { card: 0, render: 128, driver: "vgem", device: "vgem" },
    { card: 1, render: 129, driver: "panfrost", device: "78000000.gpu", coherent: false },
    { card: 2, render: 130, driver: "panfrost", device: "78010000.gpu", coherent: true },
    { card: 3, render: 131, driver: "panthor", device: "78200000.gpu", coherent: false },
    { card: 4, render: 132, driver: "panthor", device: "78300000.gpu", coherent: true },
    { card: 5, render: 133, driver: "v3d", device: "78100000.gpu", coherent: false },
    { card: 6, render: 134, driver: "etnaviv", device: "etnaviv" },
    { card: 7, render: 135, driver: "lima", device: "78120000.gpu", coherent: false },
    { card: 8, render: 136, driver: "msm", ...msm },
    { card: 9, render: 137, driver: "vc4", device: "gpu-vc4", deviceDriver: "vc4-drm" },
  ];
  return {
    name: options.name,
    arch: "arm64",
    kernel: options.kernel,
    byDefault: options.byDefault,
    essential: options.essential ?? false,
    cpu: options.cpu,
    devices: [],
    modules: ["vgem", "fixed", "panfrost", "panthor", "v3d", "etnaviv", "lima", "msm", "vc4"],
    board: [
      RESERVED_REGISTERS,
      PANFROST_G52,
      PANTHOR_G610,
      V3D_42,
      ETNAVIV_GC7000,
      LIMA_MALI400,
      MSM_ADRENO200,
      VC4_CYGNUS,
    ],
    nodes,
    files: ["/dev/udmabuf"],
  };
}
