/**
 * kbase, kernel side: Arm's own Mali driver (`/dev/mali0`), which is not in Linux. Memory, cache
 * maintenance, imports; jobs, queues and performance counters are not simulated. After the source of
 * its release r35p0, for GPUs with a job manager and, with the register `csf`, a command stream.
 *
 * @module
 */
import type { Stat } from "../../ffi/kernel.ts";
import { kbase as uapi } from "../../ffi/uapi/kbase.ts";
import type { BoardDevice } from "../board.ts";
import type { DmaDevice } from "../dmabuf/dma_buf.ts";
import type { DeviceSetup } from "../drm/device.ts";
import type { OpenFile } from "../file.ts";
import { Jobs } from "../jobs.ts";
import type { Machine } from "../machine.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Coherency } from "../memory/cache_model.ts";
import type { MiscDevice } from "../misc_device.ts";
import { KbaseFile } from "./_kbase_file.ts";
import { register, type SimulatedDriver } from "./driver.ts";

const { constants } = uapi;
/** BASE_UK_VERSION_MAJOR and _MINOR of r35p0. */
const VERSIONS = { jm: { major: 11, minor: 33 }, csf: { major: 1, minor: 8 } };
/** COHERENCY_NONE, _ACE_LITE, _ACE. */
const MODES: Readonly<Record<Coherency, number>> = { none: 31, "io-coherent": 0, full: 1 };

/** What GET_GPUPROPS gives of the properties that are simulated: the key with its size, the value. */
function propertyList(
  properties: readonly (readonly [key: number, bytes: 1 | 2 | 4, value: number])[],
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(properties.flatMap(([key, bytes, value]) => {
    const word = new DataView(new ArrayBuffer(8));
    word.setUint32(0, (key << 2 | Math.log2(bytes)) >>> 0, true);
    word.setUint32(4, value, true);
    return [...new Uint8Array(word.buffer, 0, 4 + bytes)];
  }));
}

/** A Mali with kbase. */
export class KbaseDevice implements MiscDevice, DmaDevice {
  readonly kind = "misc";
  readonly nodeName = "mali0";
  /** kbdev->mdev.mode. */
  readonly access = { mode: 0o666, gid: 0 };
  readonly board: BoardDevice;
  readonly machine: Machine;
  readonly name: string;
  readonly coherency: Coherency;
  readonly coherent: boolean;
  readonly jobs: Jobs;
  /** The GPU has a command stream frontend in place of a job manager. */
  readonly csf: boolean;
  readonly version: { readonly major: number; readonly minor: number };
  /** KERNEL_SIDE_DDK_VERSION_STRING. */
  readonly releaseText = "K:r35p0-01eac0(GPL)";
  readonly properties: Uint8Array<ArrayBuffer>;
  /** What a mapping without pages shows. */
  readonly emptyMemory: AnonymousMemory;
  unplugged = false;

  constructor({ machine, device }: DeviceSetup) {
    this.machine = machine;
    this.board = device;
    this.name = device.path;
    this.coherency = device.coherency;
    this.coherent = device.coherency !== "none";
    this.jobs = new Jobs(machine.clock);
    this.csf = register(device.registers, "csf") !== 0n;
    this.version = this.csf ? VERSIONS.csf : VERSIONS.jm;
    this.emptyMemory = new AnonymousMemory(machine.model, 0);
    this.properties = propertyList([
      [constants.KBASE_GPUPROP_PRODUCT_ID, 4, Number(register(device.registers, "product_id"))],
      [constants.KBASE_GPUPROP_L2_LOG2_LINE_SIZE, 1, 6],
      [constants.KBASE_GPUPROP_RAW_COHERENCY_MODE, 4, MODES[this.coherency]],
    ]);
  }

  open(statusFlags: number, stat: Stat): OpenFile {
    return new KbaseFile(this, statusFlags, stat);
  }

  // What becomes of open files is not known: the driver is not made to be unbound while in use.
  unplug(): void {
    this.unplugged = true;
  }
}

/** kbase as a board names it. */
export const kbase: SimulatedDriver = {
  name: "kbase",
  sysfs: () => ({ boundTo: "mali" }),
  registers: ["csf", "product_id"],
  largest: { csf: 1 },
  create: (setup) => new KbaseDevice(setup),
};
