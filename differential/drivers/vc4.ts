/** vc4's calls; not those that need a GPU. */
import type { Made } from "../generate.ts";
import { pad, smallSize, someHandle } from "../_values.ts";
import { asked, created, type DriverSteps } from "./driver_steps.ts";

/** vc4. */
export const steps: DriverSteps = {
  driver: "vc4",
  dumb: true,
  // The binner's memory, and buffers that are gone: the driver keeps them a second for the next, with
  // their offsets.
  ownObjects: true,
  wantsOnePiece: true,
  create: [6, (making, of): Made => {
    const { random } = making;
    const size = smallSize(random);
    return created(making, of, "DRM_IOCTL_VC4_CREATE_BO", size, {
      size: { json: size },
      flags: pad(random),
      pad: pad(random),
    });
  }],
  offset: { name: "DRM_IOCTL_VC4_MMAP_BO" },
  query({ random }, { of, ...handle }): Made {
    const which = someHandle(random, { of, ...handle });
    return random.weighted<Made>([
      [
        3,
        asked(of, "DRM_IOCTL_VC4_GEM_MADVISE", {
          handle: which,
          madv: { json: random.weighted([[4, 0], [3, 1], [1, 2]]) },
          pad: pad(random),
        }),
      ],
      [
        2,
        asked(of, "DRM_IOCTL_VC4_WAIT_BO", {
          handle: which,
          pad: pad(random),
          timeout_ns: { json: 0 },
        }),
      ],
      [
        1,
        asked(of, "DRM_IOCTL_VC4_SET_TILING", {
          handle: which,
          flags: pad(random),
          modifier: { json: random.of(["0", "504403158265495553", "2"]) },
        }),
      ],
      [1, asked(of, "DRM_IOCTL_VC4_GET_TILING", { handle: which, flags: pad(random) })],
      [
        1,
        asked(of, "DRM_IOCTL_VC4_GET_PARAM", {
          param: { json: random.below(10) },
          pad: pad(random),
        }),
      ],
    ]);
  },
};
