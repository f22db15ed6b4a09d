/**
 * Whether a device's accesses to memory snoop the CPU's caches, for drivers with no call that tells:
 * by the processor, and by the device tree as sysfs shows it.
 *
 * @module
 */
import { isError, type Kernel } from "../ffi/kernel.ts";
import { askedOnce, type Coherency, type OpenDevice } from "./driver.ts";

/** A device tree is not as deep as this. */
const MOST_LEVELS = 32;

/** @param folder a device's, in sysfs */
function fromDeviceTree(kernel: Kernel, folder: string): Coherency {
  const exists = (name: string): boolean => !isError(kernel.stat(name));
  // A device that a bus makes up has none: its parent's counts (host1x's `drm`).
  let at = [`${folder}/of_node`, `${folder}/../of_node`].find(exists);
  if (at === undefined) return "unknown";
  // of_dma_is_coherent() (drivers/of/address.c): the node or the next parent that says either.
  for (let level = 0; level < MOST_LEVELS; level++) {
    if (exists(`${at}/dma-coherent`)) return "io-coherent";
    if (exists(`${at}/dma-noncoherent`)) return "non-coherent";
    at += "/..";
    if (!exists(`${at}/compatible`) && !exists(`${at}/name`)) break;
  }
  return "non-coherent"; // as arm64 takes it (dma_default_coherent)
}

/**
 * A device's DMA coherency: on x86-64 every device snoops; elsewhere a device-tree node says so
 * (`dma-coherent`). `unknown` where neither the device nor its parent has a node. Asked once for an open file.
 */
export function dmaCoherency(device: OpenDevice): Coherency {
  return askedOnce(
    device,
    () => {
      const { kernel, path } = device;
      if (kernel.identity.arch === "x86_64") return "io-coherent";
      const node = path.slice(path.lastIndexOf("/") + 1);
      return fromDeviceTree(kernel, `/sys/class/drm/${node}/device`);
    },
  );
}

/**
 * The same of the devices that a platform driver is bound to, for nodes that hang off a device
 * without a device-tree node; `unknown` where there are none, or they differ.
 * @param driver as /sys/bus/platform/drivers names it
 */
export function boundCoherency({ kernel }: OpenDevice, driver: string): Coherency {
  if (kernel.identity.arch === "x86_64") return "io-coherent";
  const folder = `/sys/bus/platform/drivers/${driver}`;
  const names = kernel.readDirectory(folder);
  if (typeof names === "number") return "unknown";
  // Beside the devices: bind, unbind, uevent, module.
  const told = names.map((name) => fromDeviceTree(kernel, `${folder}/${name}`))
    .filter((coherency) => coherency !== "unknown");
  const [first = "unknown"] = told;
  return told.every((coherency) => coherency === first) ? first : "unknown";
}
