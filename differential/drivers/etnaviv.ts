/**
 * etnaviv's calls; not those that need a GPU, nor CPU_FINI of a buffer: without a CPU_PREP before it
 * the kernel prints a WARNING, or oopses. Its buffers have some bytes, since the kernel asks for the
 * pages of one without as if it had some.
 */
import type { Made, StepMaker } from "../generate.ts";
import { pad, SMALL, someHandle } from "../_values.ts";
import { asked, created, type DriverSteps, nodesOf } from "./driver_steps.ts";

const CACHED = 0x1_0000;
const WC = 0x2_0000;
const UNCACHED = 0x4_0000;
/** Bytes beyond the 32 bits that the kernel looks at. */
const BEYOND = 2 ** 33;

const others: StepMaker = ({ random, state }) => {
  const nodes = nodesOf(state, "etnaviv");
  if (nodes.length === 0) return undefined;
  const of = random.of(nodes);
  return random.weighted<Made>([
    [
      3,
      asked(of, "DRM_IOCTL_ETNAVIV_GET_PARAM", {
        pipe: { json: random.weighted([[8, 0], [1, 1], [1, 4]]) },
        param: { json: random.below(33) },
      }),
    ],
    [
      1,
      asked(of, "DRM_IOCTL_ETNAVIV_GEM_CPU_FINI", { handle: { json: 77 }, flags: pad(random) }),
    ],
  ]);
};

/** etnaviv. */
export const steps: DriverSteps = {
  driver: "etnaviv",
  keepsPrivateMaps: true,
  create: [10, (making, of): Made => {
    const { random } = making;
    const size = random.of(SMALL);
    return created(making, of, "DRM_IOCTL_ETNAVIV_GEM_NEW", size, {
      size: { json: random.oneIn(20) ? size + BEYOND : size },
      flags: {
        json: random.weighted([
          [6, CACHED],
          [6, WC],
          [4, UNCACHED],
          [1, WC | 0x10_0000],
          [1, CACHED | WC],
          [1, 0],
          [1, 0x8_0000],
          [1, WC | 1],
        ]),
      },
    });
  }],
  offset: { name: "DRM_IOCTL_ETNAVIV_GEM_INFO", zero: "pad" },
  sync: ({ random }, handle): Made =>
    asked(handle.of, "DRM_IOCTL_ETNAVIV_GEM_CPU_PREP", {
      handle: someHandle(random, handle),
      op: { json: random.weighted([[6, 1], [6, 2], [6, 3], [2, 5], [2, 7], [1, 0], [1, 8]]) },
    }),
  query: ({ random }, handle): Made =>
    asked(handle.of, "DRM_IOCTL_ETNAVIV_GEM_WAIT", {
      handle: someHandle(random, handle),
      pipe: { json: random.weighted([[9, 0], [1, 1], [1, 4]]) },
      flags: { json: random.weighted([[5, 0], [5, 1], [1, 2]]) },
      pad: pad(random),
    }),
  others: [[2, others]],
};
