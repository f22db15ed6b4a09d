/** vgem's calls: fences. */
import type { Made } from "../generate.ts";
import { pad, someHandle } from "../_values.ts";
import { pollDmaBuf } from "../steps_files.ts";
import { asked, type DriverSteps } from "./driver_steps.ts";

/** vgem. */
export const steps: DriverSteps = {
  driver: "vgem",
  dumb: true,
  query({ random, state }, handle): Made {
    if (random.oneIn(3)) {
      return asked(handle.of, "DRM_IOCTL_VGEM_FENCE_SIGNAL", {
        fence: { json: random.below(4) },
        flags: { json: random.oneIn(9) ? 1 : 0 },
      });
    }
    const attach = asked(handle.of, "DRM_IOCTL_VGEM_FENCE_ATTACH", {
      handle: someHandle(random, handle),
      flags: { json: random.weighted([[4, 0], [4, 1], [1, 2]]) },
      pad: pad(random),
    });
    return {
      ...attach,
      done: (ok) => {
        if (ok) state.fences = true;
      },
      then: [pollDmaBuf],
    };
  },
};
