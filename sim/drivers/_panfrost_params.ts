/**
 * panfrost's GET_PARAM (panfrost_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { panfrost as uapi } from "../../ffi/uapi/panfrost.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import type { PanfrostDriver } from "./_panfrost_bo.ts";
import { register, type Registers } from "./driver.ts";

const { ioctls, constants } = uapi;
const COHERENCY_NONE = 31;
const ACE_LITE = 0;

/** A Mali-G52 as far as the driver reads it; a board's `registers` change single values. */
export const DEFAULT_REGISTERS: Registers = {
  gpu_prod_id: 0x7212n,
  as_present: 0xffn,
  js_present: 7n,
  mmu_features: 0x2830n,
};

/** GET_PARAM's plain values: the parameter's name is the register's. */
export const REGISTER_OF_PARAM: ReadonlyMap<number, string> = new Map(
  Object.entries(constants)
    .filter(([name, value]) =>
      name.startsWith("DRM_PANFROST_PARAM_") &&
      Number(value) < constants.DRM_PANFROST_PARAM_SYSTEM_TIMESTAMP
    )
    .map(([name, value]) => [
      Number(value),
      name.slice("DRM_PANFROST_PARAM_".length).toLowerCase(),
    ]),
);

function parameter(
  driver: PanfrostDriver,
  registers: Registers,
  param: number,
): bigint | null {
  const name = REGISTER_OF_PARAM.get(param);
  // GPUs of before the coherency register know ACE_LITE, which newer drivers fill in.
  if (name === "coherency_features" && registers[name] === undefined) {
    return driver.has(6) ? 1n : 0n;
  }
  if (name !== undefined) return register(registers, name);
  switch (param) {
    case constants.DRM_PANFROST_PARAM_SYSTEM_TIMESTAMP:
      return driver.has(3) ? driver.machine.clock.now * 24n / 1000n : null;
    case constants.DRM_PANFROST_PARAM_SYSTEM_TIMESTAMP_FREQUENCY:
      return driver.has(3) ? 24_000_000n : null;
    case constants.DRM_PANFROST_PARAM_ALLOWED_JM_CTX_PRIORITIES:
      return driver.has(5) ? (driver.machine.uid === 0 ? 0b111n : 0b011n) : null;
    case constants.DRM_PANFROST_PARAM_SELECTED_COHERENCY:
      return driver.has(6) ? BigInt(driver.coherent ? ACE_LITE : COHERENCY_NONE) : null;
    default:
      return null;
  }
}

/** GET_PARAM over a device's registers. */
export function getParam(driver: PanfrostDriver, registers: Registers): DrmIoctl {
  return drmIoctl(ioctls.GET_PARAM, ANY_NODE, (_file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const value = parameter(driver, registers, args.param);
    if (value === null) return -errno.EINVAL;
    args.value = value;
    return 0;
  });
}
