/**
 * msm's calls; not those that need a GPU, nor NO_SHARE, for which 7.2 oopses without one, nor
 * DONTNEED: touching such a buffer makes the kernel print a WARNING. SCANOUT and dumb buffers come, on
 * 6.12, from memory that nobody clears.
 */
import type { Made, StepMaker } from "../generate.ts";
import { IMPOSSIBLE, pad, smallSize, someHandle } from "../_values.ts";
import { asked, created, type DriverSteps, nodesOf } from "./driver_steps.ts";

const CACHED = 0x1_0000;
const WC = 0x2_0000;

const getParam: StepMaker = ({ random, state }) => {
  const nodes = nodesOf(state, "msm");
  if (nodes.length === 0) return undefined;
  return asked(random.of(nodes), "DRM_IOCTL_MSM_GET_PARAM", {
    pipe: { json: random.weighted([[5, 16], [1, 0]]) },
    param: { json: random.below(24) },
    pad: pad(random),
  });
};

/** msm. */
export const steps: DriverSteps = {
  driver: "msm",
  dumb: "not cleared",
  keepsPrivateMaps: true,
  create: [10, (making, of): Made => {
    const { random } = making;
    const size = smallSize(random);
    return created(making, of, "DRM_IOCTL_MSM_GEM_NEW", size, {
      size: { json: random.oneIn(20) ? random.of(IMPOSSIBLE) : size },
      flags: {
        json: random.weighted([
          [6, CACHED],
          [6, WC],
          [2, CACHED | 2],
          [1, CACHED | WC],
          [1, 0],
          [1, 0x4_0000],
          [1, 0x8_0000],
          [1, WC | 8],
        ]),
      },
    });
  }],
  offset: { name: "DRM_IOCTL_MSM_GEM_INFO", field: "value", zero: "pad" },
  sync: ({ random }, handle): Made =>
    random.oneIn(3)
      ? asked(handle.of, "DRM_IOCTL_MSM_GEM_CPU_FINI", { handle: someHandle(random, handle) })
      : asked(handle.of, "DRM_IOCTL_MSM_GEM_CPU_PREP", {
        handle: someHandle(random, handle),
        op: { json: random.weighted([[6, 1], [6, 2], [6, 3], [2, 5], [2, 15], [1, 0], [1, 16]]) },
      }),
  query: ({ random }, handle): Made =>
    random.oneIn(3)
      ? asked(handle.of, "DRM_IOCTL_MSM_GEM_MADVISE", {
        handle: someHandle(random, handle),
        madv: { json: random.weighted([[4, 0], [1, 2]]) },
      })
      : asked(handle.of, "DRM_IOCTL_MSM_GEM_INFO", {
        handle: someHandle(random, handle),
        // Not GET_OFFSET, whose answer is the other call's.
        info: {
          json: random.weighted([[4, 5], [1, 1], [1, 2], [1, 3], [1, 4], [1, 6], [1, 7], [1, 8]]),
        },
        len: { json: random.weighted([[6, 0], [1, 1], [1, 200]]) },
        pad: pad(random),
      }),
  others: [[1, getParam]],
};
