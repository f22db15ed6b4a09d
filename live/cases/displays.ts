/** The emulated display devices of the PC: virtio-gpu, bochs, cirrus and qxl. */
import { type Case, table } from "../_case.ts";
import { amd64 } from "../_machine.ts";

/** Node and exporter's name as fdinfo tells it. */
const displays = [
  { name: "virtio_gpu", node: "card1", exporter: "virtio_gpu" },
  { name: "bochs", node: "card2", exporter: "drm" },
  { name: "cirrus", node: "card3", exporter: "drm" },
  { name: "qxl", node: "card4", exporter: "drm" },
];

export const cases: readonly Case[] = table(
  amd64,
  displays.flatMap(({ name, node, exporter }) => [
    {
      name: `${name}: a dumb buffer is written and read`,
      line: `create --on ${node} --dumb 64x64x32 --as a , mmap a --write 0=abcd --read 0:2`,
      says: ["16 KiB", "abcd"],
    },
    {
      name: `${name}: its dma-buf is written between begin and end and read through the node`,
      line: `create --on ${node} --dumb 64x64x32 --as a , export a --rdwr --as d ,` +
        " mmap d --bracket --write 0=beef , mmap a --verify 0=beef , info d",
      says: ["verified 2 bytes", `exporter ${exporter}`],
    },
    {
      name: `${name}: its dma-buf without --rdwr cannot be mapped for writing`,
      line: `create --on ${node} --dumb 64x64x32 --as a , export a --as d , mmap d --write 0=00`,
      errno: "EACCES",
    },
    {
      name: `${name}: GET_CAP tells that it has dumb buffers`,
      line: `ioctl ${node} GET_CAP capability=DUMB_BUFFER`,
      says: ["value=1"],
    },
    {
      name: `${name}: an unknown capability is EINVAL`,
      line: `ioctl ${node} GET_CAP capability=0x77`,
      errno: "EINVAL",
    },
    {
      name: `${name}: PRIME_HANDLE_TO_FD with flag 0x10 is EINVAL`,
      line: `create --on ${node} --dumb 64x64x32 --as a ,` +
        ` ioctl ${node} PRIME_HANDLE_TO_FD handle=%a flags=0x10`,
      errno: "EINVAL",
    },
  ]),
).concat(table(amd64, [
  {
    name: "virtio_gpu: dumb buffers are refused on its render node",
    line: "create --on renderD129 --dumb 32x32x32",
    errno: "EACCES",
  },
]));
