/**
 * Every call of a driver's header has an entry: EINVAL of a simulated kernel means what it means of a
 * real one, and what is not simulated says EOPNOTSUPP.
 */
import { assertEquals } from "@std/assert";
import layout from "../../fixtures/uapi_layout.json" with { type: "json" };
import { tables } from "../../ffi/uapi/_index.ts";
import { type Board, loadBoard } from "../board.ts";
import { Clock } from "../clock.ts";
import { FdTable } from "../fd_table.ts";
import type { Machine } from "../machine.ts";
import { drivers } from "./_index.ts";

// JSON imports have the type of their literal, which has no common shape.
const { _meta, ...rest } = layout;
const sections = rest as unknown as Readonly<
  Record<string, { readonly ioctls: Readonly<Record<string, { type: string; nr: number }>> }>
>;

/** Boards of the newest kernel, with every driver that has calls of its own. */
const boards = ["qemu@7.2", "qemu-arm64@7.2", "amdgpu-laptop", "xe-card", "am62", "tegra"];
/** Calls of the newest header that 7.2 may not have, and nobody has looked. */
const notRead = ["DRM_IOCTL_MSM_PERFCNTR_CONFIG"];

function machineOf({ release, arch, pageBytes, lineBytes, memoryMb }: Board): Machine {
  const clock = new Clock();
  let last = 1n;
  return {
    release,
    arch,
    model: { pageBytes, lineBytes, selfSnooping: false, evictor: null, clock },
    clock,
    fds: new FdTable(),
    uid: 0,
    memoryBytes: BigInt(memoryMb) << 20n,
    anonymousInode: last++,
    newInode: () => last++,
    newClientId: () => 1,
  };
}

Deno.test("every call of a driver's header has an entry in its simulated driver", () => {
  const seen = new Set<string>();
  for (const name of boards) {
    const board = loadBoard(name);
    const machine = machineOf(board);
    for (const device of board.devices) {
      const made = drivers[device.driver]?.create({ machine, device });
      const section = made?.kind === "drm"
        ? tables.find((table) => table.name === made.version.name)?.section
        : undefined;
      if (made?.kind !== "drm" || section === undefined) continue;
      seen.add(section);
      const missing = Object.entries(sections[section]?.ioctls ?? {}).filter((
        [call, { type, nr }],
      ) => type === "d" && !made.ioctls.has(nr) && !notRead.includes(call));
      assertEquals(missing.map(([call]) => call), [], `${name}: ${device.driver}`);
    }
  }
  assertEquals(
    [...seen].sort(),
    "amdgpu etnaviv lima msm panfrost panthor pvr qxl tegra v3d vc4 vgem virtgpu xe".split(" "),
  );
});
