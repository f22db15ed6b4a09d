/** v3d's calls; not those that need a GPU. */
import type { Made } from "../generate.ts";
import { pad, smallSize, someHandle } from "../_values.ts";
import { asked, created, type DriverSteps } from "./driver_steps.ts";

/** v3d. */
export const steps: DriverSteps = {
  driver: "v3d",
  create: [6, (making, of): Made => {
    const { random } = making;
    const size = smallSize(random);
    // Nothing between: all pages are fetched, and the kernel would run out of them.
    return created(making, of, "DRM_IOCTL_V3D_CREATE_BO", size, {
      size: { json: random.oneIn(25) ? 0xffff_ffff : size },
      flags: pad(random),
    });
  }],
  offset: { name: "DRM_IOCTL_V3D_MMAP_BO", zero: "flags" },
  query({ random }, { of, ...handle }): Made {
    const which = someHandle(random, { of, ...handle });
    return random.weighted<Made>([
      [2, asked(of, "DRM_IOCTL_V3D_GET_BO_OFFSET", { handle: which })],
      [
        2,
        asked(of, "DRM_IOCTL_V3D_WAIT_BO", {
          handle: which,
          pad: pad(random),
          timeout_ns: { json: 0 },
        }),
      ],
      [
        1,
        asked(of, "DRM_IOCTL_V3D_GET_PARAM", {
          param: { json: random.below(19) },
          pad: pad(random),
          value: pad(random),
        }),
      ],
    ]);
  },
};
