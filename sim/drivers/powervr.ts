/**
 * powervr, kernel side (drivers/gpu/drm/imagination): buffers, and who the GPU is. Contexts, address
 * spaces, free lists and jobs are not simulated.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { powervr as uapi } from "../../ffi/uapi/powervr.ts";
import { encode } from "../../ffi/struct.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
  renderOnly,
} from "../drm/device.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { copyOut, isNull } from "../user_memory.ts";
import { boIoctls, PowervrBo } from "./_powervr_bo.ts";
import { register, type Registers, type SimulatedDriver } from "./driver.ts";

const { constants, ioctls, structs } = uapi;
/** Bytes of drm_pvr_dev_query_gpu_info that a caller has to have room for. */
const LEAST_GPU_INFO = 12;

/** pvr_ioctl_dev_query(): GPU_INFO alone. */
function devQuery(registers: Registers): DrmIoctl {
  return drmIoctl(ioctls.DEV_QUERY, ANY_NODE, (_file, args) => {
    const type = structs.drm_pvr_dev_query_gpu_info;
    if (args.type > constants.DRM_PVR_DEV_QUERY_STATIC_DATA_AREAS_GET) return -errno.EINVAL;
    if (args.type !== constants.DRM_PVR_DEV_QUERY_GPU_INFO_GET) return -errno.EOPNOTSUPP;
    if (isNull(args.pointer)) {
      args.size = type.size;
      return 0;
    }
    if (args.size < LEAST_GPU_INFO) return -errno.EINVAL;
    const info = encode(type, { gpu_id: register(registers, "gpu_id"), num_phantoms: 1 });
    if (!copyOut(args.pointer, info.bytes.subarray(0, args.size))) return -errno.EFAULT;
    args.size = Math.min(args.size, type.size);
    return 0;
  });
}

class PowervrDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "powervr",
    description: "Imagination PowerVR (Series 6 and later) & IMG Graphics",
    major: 1,
    minor: 0,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures = renderOnly("timeline");
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;

  constructor(setup: DeviceSetup) {
    super(setup);
    this.ioctls = ioctlTable(
      ...Object.values(ioctls).map(({ code }): DrmIoctl => ({
        code,
        permission: ANY_NODE,
        run: () => -errno.EOPNOTSUPP, // not simulated
      })),
      devQuery(setup.device.registers),
      ...boIoctls(this),
    );
    this.importAttachment = (attachment) => {
      const object = new PowervrBo(this, attachment.dmaBuf.bytes, 0n, attachment);
      const added = this.offsets.add(object);
      if (added === 0) return object;
      object.put();
      return added;
    };
  }
}

/** powervr as a board names it. */
export const powervr: SimulatedDriver = {
  name: "powervr",
  registers: ["gpu_id"],
  create: (setup) => new PowervrDevice(setup),
};
