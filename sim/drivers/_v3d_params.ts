/**
 * v3d's GET_PARAM (v3d_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { v3d as uapi } from "../../ffi/uapi/v3d.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { atLeast, type Release } from "../release.ts";
import { register, type Registers } from "./driver.ts";

const { ioctls, constants } = uapi;

/**
 * A V3D 4.2 as far as the driver reads it: version 4.2 (TVER 4, REV 2), one core, addresses of 36
 * bits; a board's `registers` change single values.
 */
export const DEFAULT_REGISTERS: Registers = {
  v3d_uifcfg: 0n,
  v3d_hub_ident1: 0x20124n,
  v3d_hub_ident2: 0x100n,
  v3d_hub_ident3: 0x500n,
  v3d_core0_ident0: 0n,
  v3d_core0_ident1: 0n,
  v3d_core0_ident2: 0n,
};

/** The parameters that are registers; the parameter's name is the register's. */
const REGISTER_OF_PARAM: ReadonlyMap<number, string> = new Map(
  Object.entries(constants)
    .filter(([name]) => name.startsWith("DRM_V3D_PARAM_V3D_"))
    .map(([name, value]) => [value, name.slice("DRM_V3D_PARAM_".length).toLowerCase()]),
);

/** The hardware's version, 42 for 4.2, from V3D_HUB_IDENT1. */
export function hardwareVersion(registers: Registers): number {
  const ident = Number(register(registers, "v3d_hub_ident1"));
  return (ident & 0xf) * 10 + ((ident >> 4) & 0xf);
}

function parameter(release: Release, version: number, param: number): bigint | null {
  switch (param) {
    case constants.DRM_V3D_PARAM_SUPPORTS_TFU:
    case constants.DRM_V3D_PARAM_SUPPORTS_CACHE_FLUSH:
    case constants.DRM_V3D_PARAM_SUPPORTS_MULTISYNC_EXT:
    case constants.DRM_V3D_PARAM_SUPPORTS_CPU_QUEUE:
      return 1n;
    case constants.DRM_V3D_PARAM_SUPPORTS_CSD:
      return version >= 41 ? 1n : 0n;
    case constants.DRM_V3D_PARAM_SUPPORTS_PERFMON:
      return version >= 40 ? 1n : 0n;
    case constants.DRM_V3D_PARAM_MAX_PERF_COUNTERS:
      // v3d_perfmon_init(): as many as the lists of the two generations have.
      return version >= 71 ? 93n : version >= 42 ? 87n : 0n;
    case constants.DRM_V3D_PARAM_SUPPORTS_SUPER_PAGES:
      return atLeast(release, 6, 13) ? 1n : null;
    case constants.DRM_V3D_PARAM_GLOBAL_RESET_COUNTER:
    case constants.DRM_V3D_PARAM_CONTEXT_RESET_COUNTER:
      return atLeast(release, 6, 17) ? 0n : null;
    default:
      return null;
  }
}

/** GET_PARAM over a device's registers. */
export function getParam(release: Release, registers: Registers): DrmIoctl {
  return drmIoctl(ioctls.GET_PARAM, ANY_NODE, (_file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const name = REGISTER_OF_PARAM.get(args.param);
    if (name !== undefined && args.value !== 0n) return -errno.EINVAL;
    const value = name === undefined
      ? parameter(release, hardwareVersion(registers), args.param)
      : register(registers, name);
    if (value === null) return -errno.EINVAL;
    args.value = value;
    return 0;
  });
}
