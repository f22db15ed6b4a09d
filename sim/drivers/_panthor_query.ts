/**
 * panthor's DEV_QUERY: what each release tells, at that release's sizes (panthor_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { encode, type ValuesOf } from "../../ffi/struct.ts";
import { panthor as uapi } from "../../ffi/uapi/panthor.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { isNull } from "../user_memory.ts";
import type { DrmDevice } from "../drm/device.ts";
import { setObject } from "./_panthor_user_objects.ts";
import { register, type Registers } from "./driver.ts";

const { ioctls, structs } = uapi;
const COHERENCY_NONE = 31;
const ACE_LITE = 0;

/** A Mali-G610 as far as the driver reads it; a board's `registers` change single values. */
export const DEFAULT_REGISTERS: Registers = {
  gpu_id: 0xa867_0005n,
  gpu_rev: 0n,
  csf_id: 0n,
  l2_features: 0n,
  tiler_features: 0n,
  mem_features: 0n,
  mmu_features: 0x2830n,
  thread_features: 0n,
  max_threads: 0n,
  thread_max_workgroup_size: 0n,
  thread_max_barrier_size: 0n,
  coherency_features: 1n,
  as_present: 0xffn,
  core_features: 0n,
  shader_present: 0xfn,
  l2_present: 1n,
  tiler_present: 1n,
  gpu_features: 0n,
  /** No register: what the core clock runs at, in hertz, as fdinfo tells it. */
  clock_hz: 0n,
};

/** What DEV_QUERY asks of a device. */
interface QueriedDevice extends DrmDevice {
  /** Whether the driver is 1.`minor` or later. */
  has(minor: number): boolean;
}

function gpuInfo(
  driver: QueriedDevice,
  registers: Registers,
): Partial<ValuesOf<typeof structs.drm_panthor_gpu_info.fields>> {
  const word = (name: string): number => Number(register(registers, name) & 0xffff_ffffn);
  return {
    gpu_id: word("gpu_id"),
    gpu_rev: word("gpu_rev"),
    csf_id: word("csf_id"),
    l2_features: word("l2_features"),
    tiler_features: word("tiler_features"),
    mem_features: word("mem_features"),
    mmu_features: word("mmu_features"),
    thread_features: word("thread_features"),
    max_threads: word("max_threads"),
    thread_max_workgroup_size: word("thread_max_workgroup_size"),
    thread_max_barrier_size: word("thread_max_barrier_size"),
    coherency_features: word("coherency_features"),
    as_present: word("as_present"),
    core_features: word("core_features"),
    shader_present: register(registers, "shader_present"),
    l2_present: register(registers, "l2_present"),
    tiler_present: register(registers, "tiler_present"),
    gpu_features: register(registers, "gpu_features"),
    // Before 1.7 its place was padding: 0, which would read as ACE_LITE.
    selected_coherency: !driver.has(7) ? 0 : driver.coherent ? ACE_LITE : COHERENCY_NONE,
  };
}

/** One DEV_QUERY answer at this kernel's size, with the smallest size that it accepts. */
function answerOf(
  driver: QueriedDevice,
  registers: Registers,
  type: number,
): { bytes: Uint8Array; least: number } | null {
  const { constants } = uapi;
  switch (type) {
    case constants.DRM_PANTHOR_DEV_QUERY_GPU_INFO: {
      const info = encode(structs.drm_panthor_gpu_info, gpuInfo(driver, registers));
      // gpu_features is the newest field.
      return { bytes: info.bytes.subarray(0, driver.has(7) ? 112 : 104), least: 96 };
    }
    case constants.DRM_PANTHOR_DEV_QUERY_CSIF_INFO: {
      const { bytes } = encode(structs.drm_panthor_csif_info, {
        csg_slot_count: 8,
        cs_slot_count: 8,
        cs_reg_count: 96,
        scoreboard_slot_count: 8,
        unpreserved_cs_reg_count: 4,
      });
      return { bytes, least: bytes.length };
    }
    case constants.DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO: {
      if (!driver.has(1)) return null;
      const { bytes } = encode(structs.drm_panthor_timestamp_info, {
        timestamp_frequency: 24_000_000n,
        current_timestamp: driver.machine.clock.now * 24n / 1000n,
      });
      return { bytes: bytes.subarray(0, driver.has(8) ? bytes.length : 24), least: 16 };
    }
    case constants.DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO: {
      if (!driver.has(2)) return null;
      // High and realtime are root's.
      const allowed = driver.machine.uid === 0 ? 0b1111 : 0b0011;
      const type = structs.drm_panthor_group_priorities_info;
      const { bytes } = encode(type, { allowed_mask: allowed });
      return { bytes, least: bytes.length };
    }
    case constants.DRM_PANTHOR_DEV_QUERY_MMU_INFO: {
      if (!driver.has(9)) return null;
      const { bytes } = encode(structs.drm_panthor_mmu_info, {
        page_size_bitmap: BigInt(driver.machine.model.pageBytes) | (2n << 20n),
      });
      return { bytes, least: bytes.length };
    }
    default:
      return null;
  }
}

/**
 * DEV_QUERY over a device's registers.
 * @param types what is answered; undefined: all that the release has
 */
export function devQuery(
  driver: QueriedDevice,
  registers: Registers,
  types?: readonly number[],
): DrmIoctl {
  return drmIoctl(ioctls.DEV_QUERY, ANY_NODE, (_file, args) => {
    const known = types === undefined || types.includes(args.type);
    const info = known ? answerOf(driver, registers, args.type) : null;
    if (info === null) return -errno.EINVAL;
    if (isNull(args.pointer)) {
      args.size = info.bytes.length;
      return 0;
    }
    return setObject(args.pointer, args.size, info.least, info.bytes);
  });
}
