/** Waiting for fences: vgem's own, which a program attaches and signals. */
import { type Case, table } from "../_case.ts";
import { machines } from "../_machine.ts";
import { panfrost } from "./_nodes.ts";

const exported = "create --on card0 --size 4KiB --as a , export a --rdwr --as d";
const busy = `${exported} , ioctl card0 FENCE_ATTACH handle=%a flags=WRITE`;

export const cases: readonly Case[] = [
  ...table(machines, [
    {
      name: "wait of an idle dma-buf is done at once",
      line: `${exported} , wait d --timeout 0`,
    },
    {
      name: "wait of a busy dma-buf ends with the time",
      line: `${busy} , wait d --timeout 50`,
      errno: "ETIMEDOUT",
    },
    {
      name: "wait is done when the fence is signalled",
      line: `${busy} , ioctl card0 FENCE_SIGNAL fence=1 , wait d --timeout 50`,
    },
    {
      name: "wait for reading does not mind a fence of a reader",
      line: `${exported} , ioctl card0 FENCE_ATTACH handle=%a , wait d --access r --timeout 50`,
    },
    {
      name: "wait for writing minds a fence of a reader",
      line: `${exported} , ioctl card0 FENCE_ATTACH handle=%a , wait d --access w --timeout 50`,
      errno: "ETIMEDOUT",
    },
    {
      name: "a fence of the exporter is waited for through the import, too",
      line: `${busy} , import d --on renderD129 --as b , wait b --timeout 50`,
      on: ["arm64-6.12", "arm64-7.2"],
      errno: "ETIMEDOUT",
    },
  ]),
  ...table(["arm64-6.12", "arm64-7.2"], [
    {
      name: "wait of an idle panfrost buffer is WAIT_BO",
      line: `--trace create --on ${panfrost} --size 4KiB --as a , wait a --timeout 50`,
      says: ["DRM_IOCTL_PANFROST_WAIT_BO, {handle=1"],
    },
  ]),
];
