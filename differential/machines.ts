/**
 * The test machines, as the differential test sees them.
 *
 * @module
 */
import { readBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import type { Kernel } from "../ffi/kernel.ts";
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
  ],
  heaps: [],
  udmabuf: true,
};

/** What a machine has, by the board that mirrors it. */
export const profiles: Readonly<Record<string, MachineProfile>> = {
  "qemu": amd64,
  "qemu-arm64": arm64,
};

/**
 * A kernel of the board whose caches nobody sees, as in QEMU, which has none: every dirty line leaves
 * at once.
 */
export function mirrorOf(spec: string): Kernel {
  const [name = "", release = null] = spec.split("@");
  const file = new URL(`../fixtures/boards/${name}.json`, import.meta.url);
  const board = JSON.parse(Deno.readTextFileSync(file)) as { cache: Record<string, unknown> };
  board.cache = { ...board.cache, eviction: { seed: 1, oneIn: 1 } };
  return openSimulatedKernel(readBoard(`${name}.json`, board, release));
}
