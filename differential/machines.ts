/**
 * The test machines, as the differential test sees them.
 *
 * @module
 */
import { type Board, loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { accessOf, type Caller, ROOT } from "./caller.ts";
import type { MachineProfile } from "./generate.ts";
import type { NodeProfile } from "./state.ts";

/** Nodes of a driver: card N and, where it has one, render node N. */
function nodes(driver: string, card: number, render?: number): NodeProfile[] {
  const paths = [`card${card}`, ...render === undefined ? [] : [`renderD${render}`]];
  return paths.map((name) => ({ path: `/dev/dri/${name}`, driver }));
}

const amd64: MachineProfile = {
  nodes: [
    ...nodes("vgem", 0, 128),
    ...nodes("virtio_gpu", 1, 129),
    ...nodes("bochs-drm", 2),
    ...nodes("cirrus", 3),
    ...nodes("qxl", 4),
  ],
  heaps: ["system"],
  udmabuf: true,
};

const arm64: MachineProfile = {
  nodes: [
    ...nodes("vgem", 0, 128),
    ...nodes("panfrost", 1, 129),
    ...nodes("panfrost", 2, 130),
    ...nodes("panthor", 3, 131),
    ...nodes("panthor", 4, 132),
    ...nodes("v3d", 5, 133),
    ...nodes("etnaviv", 6, 134),
    ...nodes("lima", 7, 135),
    ...nodes("msm", 8, 136),
    ...nodes("vc4", 9, 137),
  ],
  heaps: [],
  udmabuf: true,
};

const profiles: Readonly<Record<string, MachineProfile>> = {
  "qemu": amd64,
  "qemu-arm64": arm64,
};

/** What a machine has, by the board that mirrors it, `qemu@6.12`. */
export function profileOf(spec: string): MachineProfile {
  const machine = profiles[spec.split("@")[0] ?? ""];
  if (machine === undefined) throw new RangeError(`There is no machine "${spec}"`);
  return machine;
}

/**
 * Makes kernels of the board whose caches nobody sees, as in QEMU, which has none: every dirty line
 * leaves at once.
 */
export function mirrorOf(spec: string, caller: Caller = ROOT): () => Kernel {
  const board = loadBoard(spec);
  const mirror: Board = {
    ...board,
    access: accessOf(caller),
    eviction: { seed: 1, oneIn: 1 },
  };
  return () => openSimulatedKernel(mirror, { uid: caller.uid });
}
