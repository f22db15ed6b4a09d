/** panthor 1.0 and panfrost 1.2 of Linux 6.12: before WB_MMAP, BO_SYNC and QUERY_INFO. */
import { type Case, table } from "../_case.ts";
import { panfrost, panthor } from "./_nodes.ts";

const drivers = [
  {
    driver: "panthor",
    node: panthor,
    needs: "panthor 1.7, this is 1.0",
    sync: "BO_SYNC",
    query: "BO_QUERY_INFO",
  },
  {
    driver: "panfrost",
    node: panfrost,
    needs: "panfrost 1.6, this is 1.2",
    sync: "SYNC_BO",
    query: "QUERY_BO_INFO",
  },
];

export const cases: readonly Case[] = [
  ...table(
    ["arm64-6.12"],
    drivers.flatMap(({ driver, node, needs, sync, query }) => {
      const made = `create --on ${node} --size 4KiB --as a`;
      return [
        {
          name: `${driver} of 6.12: --cached is refused and the version is told`,
          line: `create --on ${node} --size 4KiB --cached`,
          errno: "EINVAL",
          says: [`WB_MMAP needs ${needs}`],
        },
        {
          name: `${driver} of 6.12: flush is refused and the version is told`,
          line: `${made} , sync a --op flush --range 0:64`,
          errno: "EINVAL",
          says: [`${sync} needs ${needs}`],
        },
        {
          name: `${driver} of 6.12: the portable sync has nothing to do`,
          line: `${made} , mmap a --write 0=aa , sync a --range 0:64`,
          says: ["nothing to do: this driver's buffers are write-combined, or the device"],
        },
        {
          name: `${driver} of 6.12: ${query} is EINVAL`,
          line: `${made} , ioctl ${node} ${query} handle=%a`,
          errno: "EINVAL",
        },
        {
          name: `${driver} of 6.12: info has nothing that the kernel reads back`,
          line: `${made} , info a`,
          says: ["flags asked:"],
          silent: ["kernel reads back"],
        },
        {
          name: `${driver} of 6.12: its dma-bufs are the generic helper's`,
          line: `${made} , export a --rdwr --as d , mmap d --bracket --write 0=09 , info d`,
          says: ["exporter drm"],
        },
        {
          name: `${driver} of 6.12: a label is EINVAL, the call is not there`,
          line: `${made} , ioctl ${node} ${
            driver === "panthor" ? "BO_SET_LABEL" : "SET_LABEL_BO"
          } handle=%a label=x`,
          errno: "EINVAL",
        },
      ];
    }),
  ),
  ...table(["arm64-6.12"], [
    {
      name: "panthor of 6.12: a NO_MMAP buffer gets an offset",
      line: `create --on ${panthor} --size 4KiB --no-mmap --as a ,` +
        ` ioctl ${panthor} BO_MMAP_OFFSET handle=%a`,
      says: ["offset="],
    },
    {
      name: "panthor of 6.12: mmap of a NO_MMAP buffer is EINVAL",
      line: `create --on ${panthor} --size 4KiB --no-mmap --as a , mmap a --read 0:1`,
      errno: "EINVAL",
      says: ["mmap on a"],
    },
    {
      name: "panthor of 6.12: mmap of a NO_MMAP buffer's dma-buf is EINVAL, too",
      line: `create --on ${panthor} --size 4KiB --no-mmap --as a , export a --rdwr --as d ,` +
        " mmap d --read 0:1",
      errno: "EINVAL",
      says: ["the exporter does not let this buffer be mapped"],
    },
    {
      name: "panthor of 6.12: a private buffer cannot be exported",
      line: `create --on ${panthor} --size 4KiB --private --as a , export a`,
      errno: "EINVAL",
      says: ["a private buffer (exclusive VM) cannot be exported"],
    },
    {
      name: "panfrost of 6.12: a heap's rules are the same",
      line: `create --on ${panfrost} --size 4KiB --flags heap`,
      errno: "EINVAL",
      says: ["HEAP needs NOEXEC"],
    },
  ]),
];
