/**
 * etnaviv's GET_PARAM (etnaviv_gpu_get_param()).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { etnaviv as uapi } from "../../ffi/uapi/etnaviv.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { checkPipe, type EtnavivDriver } from "./_etnaviv_bo.ts";
import { register, type Registers } from "./driver.ts";

/** The names of the parameters, as boards have them, by number. */
export const REGISTER_OF_PARAM: ReadonlyMap<number, string> = new Map(
  Object.entries(uapi.structs.drm_etnaviv_param.fields.param.values ?? {})
    .map(([name, value]) => [Number(value), name.toLowerCase()]),
);

/** GET_PARAM over a device's registers. */
export function getParam(driver: EtnavivDriver, registers: Registers): DrmIoctl {
  return drmIoctl(uapi.ioctls.GET_PARAM, ANY_NODE, (_file, args) => {
    const pipe = checkPipe(driver, args.pipe);
    if (pipe < 0) return pipe;
    const name = REGISTER_OF_PARAM.get(args.param);
    if (name === undefined) return -errno.EINVAL;
    args.value = register(registers, name);
    return 0;
  });
}
