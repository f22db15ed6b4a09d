/**
 * Where a live test runs: the guest's machine as `vm/test.ts` names it, and the simulated board that
 * mirrors it.
 *
 * @module
 */
import { machineNamed } from "../vm/machines/mod.ts";

/** Machines that tests are written for, and the boards that mirror them. */
export const boards = {
  "amd64-6.12": "sim:qemu@6.12",
  "amd64-7.2": "sim:qemu@7.2",
  "arm64-6.12": "sim:qemu-arm64@6.12",
  "arm64-7.2": "sim:qemu-arm64@7.2",
  "amd64-6.1": "sim:qemu@6.1",
  "arm64-6.12-16k": "sim:qemu-arm64@6.12-16k",
} as const;

/** One of the machines. */
export type MachineName = keyof typeof boards;

const known = Object.keys(boards) as MachineName[];
/** Those that are in no default run: the oldest kernel, and the one with large pages. */
type RareMachine = "amd64-6.1" | "arm64-6.12-16k";
/** One of the others. */
export type UsualMachine = Exclude<MachineName, RareMachine>;
/** Those that tests run on unless they say otherwise. */
export const machines = known.filter((name): name is UsualMachine =>
  name !== "amd64-6.1" && name !== "arm64-6.12-16k"
);

/** Both kernels of the PC with vgem, virtio-gpu, bochs and cirrus. */
export const amd64 = ["amd64-6.12", "amd64-7.2"] as const;
/** The same PC with each of its kernels; the oldest has no udmabuf, no heap and no sync objects. */
export const everyAmd64 = ["amd64-6.1", ...amd64] as const;
/** Both kernels of the board with two panfrost, two panthor and five other devices. */
export const arm64 = ["arm64-6.12", "arm64-7.2"] as const;
/** The same board with each of its kernels: also the one whose pages have 16 KiB. */
export const everyArm64 = [...arm64, "arm64-6.12-16k"] as const;

/**
 * Where a case runs: on the 16 KiB machine too, where it does on the same kernel with usual pages.
 * @param pages the page size that its answer is for, in bytes; any, where nothing is said
 */
export function placesOf(on: readonly MachineName[], pages?: 4096): readonly MachineName[] {
  return on.includes("arm64-6.12") && pages === undefined ? [...on, "arm64-6.12-16k"] : on;
}

/** The machine that this process runs in; undefined outside of the guests. */
export const machine: MachineName | undefined = known.find((name) =>
  name === Deno.env.get("BOCTL_VM_MACHINE")
);

/** How many DRM nodes the machine has, primary and render nodes; 0 outside of the guests. */
export function nodeCount(): number {
  if (machine === undefined) return 0;
  const { nodes } = machineNamed(machine);
  return nodes.length + nodes.filter(({ render }) => render !== undefined).length;
}

/** Registers a test for some machines; elsewhere it is reported as ignored. */
export function liveTest(
  name: string,
  on: readonly MachineName[],
  fn: () => Promise<void>,
): void {
  Deno.test({ name, ignore: machine === undefined || !on.includes(machine), fn });
}
