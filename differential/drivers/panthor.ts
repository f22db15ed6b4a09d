/** panthor's calls; not those that need a GPU. */
import type { Made, StepMaker } from "../generate.ts";
import { bits, IMPOSSIBLE, pad, smallSize, someHandle } from "../_values.ts";
import { asked, created, type DriverSteps, nodesOf } from "./driver_steps.ts";
import { syncOps } from "./_mali.ts";

const vm: StepMaker = ({ random, state }) => {
  const nodes = nodesOf(state, "panthor");
  if (nodes.length === 0) return undefined;
  const of = random.of(nodes);
  return random.weighted<Made>([
    [3, asked(of, "DRM_IOCTL_PANTHOR_VM_CREATE", { flags: { json: random.oneIn(8) ? 1 : 0 } })],
    [
      1,
      asked(of, "DRM_IOCTL_PANTHOR_VM_DESTROY", {
        id: { json: random.below(3) },
        pad: pad(random),
      }),
    ],
  ]);
};

/** panthor. */
export const steps: DriverSteps = {
  driver: "panthor",
  // The sections of its firmware.
  ownObjects: true,
  create: [10, (making, of): Made => {
    const { random } = making;
    const size = smallSize(random);
    return created(making, of, "DRM_IOCTL_PANTHOR_BO_CREATE", size, {
      size: { json: random.oneIn(20) ? random.of(IMPOSSIBLE) : size },
      flags: { json: bits(random, 3) },
      exclusive_vm_id: { json: random.weighted([[8, 0], [2, 1], [1, 9]]) },
      pad: pad(random),
    });
  }],
  offset: { name: "DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET", zero: "pad" },
  sync({ random }, handle): Made {
    const ops = syncOps(random, handle);
    const stride = random.weighted([[10, 24], [1, 23], [1, 0]]);
    const array = {
      stride: { json: stride },
      count: { json: ops.length },
      array: stride === 24 ? { list: ops } : { json: "@0x1000" },
    };
    return asked(handle.of, "DRM_IOCTL_PANTHOR_BO_SYNC", { ops: { record: array } });
  },
  query({ random }, { of, ...handle }): Made {
    const which = someHandle(random, { of, ...handle });
    return random.weighted<Made>([
      [3, asked(of, "DRM_IOCTL_PANTHOR_BO_QUERY_INFO", { handle: which })],
      [
        1,
        asked(of, "DRM_IOCTL_PANTHOR_BO_SET_LABEL", {
          handle: which,
          pad: pad(random),
          label: { json: random.of(["a", null, "@0x1000"]) },
        }),
      ],
      [
        1,
        asked(of, "DRM_IOCTL_PANTHOR_DEV_QUERY", {
          type: { json: random.below(6) },
          size: { json: 0 },
        }),
      ],
    ]);
  },
  others: [[2, vm]],
};
