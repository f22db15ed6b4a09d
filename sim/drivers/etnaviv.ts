/**
 * etnaviv, kernel side (drivers/gpu/drm/etnaviv): buffers, cache maintenance, queries. Submitting,
 * user pointers and performance monitors are not simulated.
 *
 * @module
 */
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
  renderOnly,
} from "../drm/device.ts";
import { type DrmIoctl, notSimulated } from "../drm/ioctl.ts";
import { atLeast } from "../release.ts";
import { boIoctls, EtnavivBo, type EtnavivDriver } from "./_etnaviv_bo.ts";
import { getParam, REGISTER_OF_PARAM } from "./_etnaviv_params.ts";
import { register, type Registers, type SimulatedDriver } from "./driver.ts";
import { etnaviv as uapi } from "../../ffi/uapi/etnaviv.ts";

/**
 * A GC7000 of revision 6204 as GET_PARAM tells of it, from the driver's table of hardware; a board's
 * `registers` change single values.
 */
const DEFAULT_REGISTERS: Registers = {
  gpus: 1n,
  gpu_model: 0x7000n,
  gpu_revision: 0x6204n,
  gpu_features_0: 0xe0287c8dn,
  gpu_features_1: 0xc1589effn,
  gpu_features_2: 0xfefbfad9n,
  gpu_features_3: 0xeb9d4fbfn,
  gpu_features_4: 0xedfffcedn,
  gpu_features_5: 0xdb0dafc7n,
  gpu_features_6: 0x3b5ac333n,
  gpu_features_7: 0xfcce6000n,
  gpu_features_8: 0xfffbfa6fn,
  gpu_features_9: 0xe10ef3n,
  gpu_features_10: 0x4c8003cn,
  gpu_features_11: 0x4060n,
  gpu_features_12: 0x24n,
  gpu_stream_count: 16n,
  gpu_register_max: 64n,
  gpu_thread_count: 512n,
  gpu_vertex_cache_size: 16n,
  gpu_shader_core_count: 2n,
  gpu_pixel_pipes: 1n,
  gpu_vertex_output_buffer_size: 1024n,
  gpu_instruction_count: 512n,
  gpu_num_constants: 320n,
  gpu_num_varyings: 16n,
  softpin_start_addr: 0x400000n,
};

/** GEM_SUBMIT, WAIT_FENCE, GEM_USERPTR, PM_QUERY_DOM and PM_QUERY_SIG. */
const OTHERS = [0x46, 0x47, 0x48, 0x4a, 0x4b];

class EtnavivDevice extends DrmDevice implements EtnavivDriver {
  readonly pipes: number;
  override readonly version: DriverVersion = {
    name: "etnaviv",
    description: "etnaviv DRM",
    major: 1,
    minor: 4,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures = renderOnly("none");
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  override readonly showsMemory: boolean;

  constructor(setup: DeviceSetup) {
    super(setup);
    const registers = { ...DEFAULT_REGISTERS, ...setup.device.registers };
    this.pipes = Number(register(registers, "gpus"));
    // Not in 6.12, in 7.2.
    this.showsMemory = atLeast(setup.machine.release, 7, 0);
    this.ioctls = ioctlTable(
      ...notSimulated(OTHERS),
      getParam(this, registers),
      ...boIoctls(this),
    );
    this.importAttachment = (attachment) =>
      new EtnavivBo(this, attachment.dmaBuf.bytes, uapi.constants.ETNA_BO_WC, attachment);
  }
}

/** etnaviv as a board names it. */
export const etnaviv: SimulatedDriver = {
  name: "etnaviv",
  // A platform device of its own stands for all GPUs (etnaviv_create_platform_device()).
  sysfs: () => ({
    boundTo: "etnaviv-gpu",
    above: {
      path: "platform/etnaviv",
      boundTo: "etnaviv",
      uevent: ["MODALIAS=platform:etnaviv"],
    },
  }),
  registers: ["gpus", ...REGISTER_OF_PARAM.values()],
  create: (setup) => new EtnavivDevice(setup),
};
