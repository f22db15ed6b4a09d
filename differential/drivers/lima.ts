/** lima's calls; not those that need a GPU. */
import type { Made } from "../generate.ts";
import { bits, pad, smallSize, someHandle } from "../_values.ts";
import { asked, created, type DriverSteps, nodesOf } from "./driver_steps.ts";

const HEAP = 1;

/** lima. */
export const steps: DriverSteps = {
  driver: "lima",
  create: [6, (making, of): Made => {
    const { random } = making;
    // All pages of what is no heap are fetched: the kernel would run out of them.
    const vast = random.oneIn(25);
    // Not up to the last page: what lies there wraps lima_vm_unmap_range()'s loop, which then goes
    // through all addresses until it meets a null pointer.
    const size = vast ? 0xf000_0000 : smallSize(random);
    return created(making, of, "DRM_IOCTL_LIMA_GEM_CREATE", size, {
      size: { json: size },
      flags: { json: vast ? HEAP : bits(random, HEAP) },
      pad: pad(random),
    });
  }],
  offset: { name: "DRM_IOCTL_LIMA_GEM_INFO" },
  query({ random }, { of, ...handle }): Made {
    const which = someHandle(random, { of, ...handle });
    return random.weighted<Made>([
      [2, asked(of, "DRM_IOCTL_LIMA_GEM_INFO", { handle: which })],
      [
        2,
        asked(of, "DRM_IOCTL_LIMA_GEM_WAIT", {
          handle: which,
          op: { json: random.of([0, 1, 2, 3, 3, 4]) },
          timeout_ns: { json: 0 },
        }),
      ],
      [
        1,
        asked(of, "DRM_IOCTL_LIMA_GET_PARAM", {
          param: { json: random.below(5) },
          pad: pad(random),
        }),
      ],
    ]);
  },
  others: [[1, ({ random, state }): Made | undefined => {
    const nodes = nodesOf(state, "lima");
    if (nodes.length === 0) return undefined;
    const of = random.of(nodes);
    if (random.oneIn(2)) return asked(of, "DRM_IOCTL_LIMA_CTX_CREATE", { _pad: pad(random) });
    const id = { json: random.below(4) };
    return asked(of, "DRM_IOCTL_LIMA_CTX_FREE", { id, _pad: pad(random) });
  }]],
};
