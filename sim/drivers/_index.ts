// One line a simulated driver, by the name that boards use. Sorted.

import { bochsDrm } from "./bochs_drm.ts";
import { cirrus } from "./cirrus.ts";
import type { SimulatedDriver } from "./driver.ts";
import { panfrost } from "./panfrost.ts";
import { panthor } from "./panthor.ts";
import { rockchip } from "./rockchip.ts";
import { vgem } from "./vgem.ts";
import { virtioGpu } from "./virtio_gpu.ts";

/** Every simulated driver by name. */
export const drivers: Readonly<Record<string, SimulatedDriver>> = {
  "bochs-drm": bochsDrm,
  "cirrus": cirrus,
  "panfrost": panfrost,
  "panthor": panthor,
  "rockchip": rockchip,
  "vgem": vgem,
  "virtio_gpu": virtioGpu,
};
