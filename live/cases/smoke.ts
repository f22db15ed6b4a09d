/** `smoke` on each device: what it can do is OK, what it cannot do is not supported. */
import { type Case, table } from "../_case.ts";
import { amd64, arm64, machines } from "../_machine.ts";
import { panfrost, panfrostCoherent, panthor, panthorCoherent } from "./_nodes.ts";

const dumb = ["card0", "card3"];
const gpus = { panfrost, panfrostCoherent, panthor, panthorCoherent };

export const cases: readonly Case[] = [
  ...table(
    amd64,
    dumb.map((node) => ({
      name: `smoke on ${node}: all OK, caching cannot be chosen`,
      line: `smoke --on ${node}`,
      says: [`/dev/dri/${node}`, "Total: 8, OK: 7, not supported: 1, FAIL: 0"],
    })),
  ),
  ...table(amd64, [
    {
      name: "smoke on virtio_gpu: all is supported, on both nodes",
      line: "smoke --on card1 , smoke --on renderD129",
      says: ["/dev/dri/card1", "/dev/dri/renderD129", "OK: 8, not supported: 0, FAIL: 0"],
    },
  ]),
  ...table(
    arm64,
    Object.entries(gpus).map(([name, node]) => ({
      name: `smoke on ${name}: no failure`,
      line: `smoke --on ${node}`,
      says: [`/dev/dri/${node}`, "FAIL: 0"],
    })),
  ),
  ...table(["arm64-7.2"], [
    {
      name: "smoke on panthor of 7.2: all is supported",
      line: `smoke --on ${panthor}`,
      says: ["Total: 8, OK: 8, not supported: 0, FAIL: 0"],
    },
  ]),
  ...table(["arm64-6.12"], [
    {
      name: "smoke on panthor of 6.12: cached maps are not supported",
      line: `smoke --on ${panthor}`,
      says: ["Total: 8, OK: 7, not supported: 1, FAIL: 0"],
    },
  ]),
  ...table(machines, [
    {
      name: "smoke --tap",
      line: "smoke --on card0 --tap",
      says: ["TAP version 14", "1..8", "ok 1 - create", "# SKIP"],
      silent: ["not ok"],
    },
    {
      name: "smoke on a render node of vgem has nothing to do: dumb buffers are made on the card",
      line: "smoke --on renderD128",
      exit: 77,
      says: ["test create: OK (Not Supported: DRM_IOCTL_MODE_CREATE_DUMB on vgem: EACCES"],
    },
  ]),
];
