/** panfrost's calls; not those that need a GPU. */
import type { Made } from "../generate.ts";
import { bits, pad, smallSize, someHandle } from "../_values.ts";
import { syncOps } from "./_mali.ts";
import { asked, created, type DriverSteps } from "./driver_steps.ts";

/** panfrost. */
export const steps: DriverSteps = {
  driver: "panfrost",
  create: [10, (making, of): Made => {
    const { random } = making;
    const size = smallSize(random);
    return created(making, of, "DRM_IOCTL_PANFROST_CREATE_BO", size, {
      size: { json: random.oneIn(25) ? 0xffff_ffff : size },
      flags: { json: bits(random, 7) },
      pad: pad(random),
    });
  }],
  offset: { name: "DRM_IOCTL_PANFROST_MMAP_BO", zero: "flags" },
  sync({ random }, handle): Made {
    const ops = syncOps(random, handle);
    return asked(handle.of, "DRM_IOCTL_PANFROST_SYNC_BO", {
      ops: { list: ops },
      op_count: { json: ops.length },
      pad: pad(random),
    });
  },
  query({ random }, { of, ...handle }): Made {
    const which = someHandle(random, { of, ...handle });
    return random.weighted<Made>([
      [3, asked(of, "DRM_IOCTL_PANFROST_QUERY_BO_INFO", { handle: which })],
      [
        1,
        asked(of, "DRM_IOCTL_PANFROST_SET_LABEL_BO", {
          handle: which,
          pad: pad(random),
          label: { json: random.of(["a", null, "@0x1000"]) },
        }),
      ],
      // A buffer that is not WILLNEED and gets another handle makes panfrost warn, and values that
      // there are not are kept like DONTNEED (panfrost_gem_open(), drm_gem_shmem_madvise()).
      [
        2,
        asked(
          of,
          "DRM_IOCTL_PANFROST_MADVISE",
          random.oneIn(5)
            ? { handle: { json: 77 }, madv: { json: 2 } }
            : { handle: which, madv: { json: 0 } },
        ),
      ],
      [
        1,
        asked(of, "DRM_IOCTL_PANFROST_WAIT_BO", {
          handle: which,
          pad: pad(random),
          timeout_ns: { json: 0 },
        }),
      ],
      [1, asked(of, "DRM_IOCTL_PANFROST_GET_BO_OFFSET", { handle: which })],
    ]);
  },
};
