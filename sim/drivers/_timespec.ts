/** A structure of a uAPI with a time: drm_etnaviv_timespec, drm_msm_timespec. */
interface Timespec {
  readonly tv_sec?: bigint;
  readonly tv_nsec?: bigint;
}

/** The nanoseconds of a deadline. */
export function deadlineOf({ tv_sec = 0n, tv_nsec = 0n }: Timespec): bigint {
  return tv_sec * 1_000_000_000n + tv_nsec;
}
