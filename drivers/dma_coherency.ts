/**
 * Whether a device's accesses to memory snoop the CPU's caches, for drivers with no call that tells:
 * by the processor, and by the device tree as sysfs shows it.
 *
 * @module
 */
import { isError } from "../ffi/kernel.ts";
import { askedOnce, type Coherency, type OpenDevice } from "./driver.ts";

/** A device tree is not as deep as this. */
const MOST_LEVELS = 32;

function fromDeviceTree({ kernel, path }: OpenDevice): Coherency {
  const node = path.slice(path.lastIndexOf("/") + 1);
  const exists = (name: string): boolean => !isError(kernel.stat(name));
  const ofDevice = `/sys/class/drm/${node}/device`;
  // A device that a bus makes up has none: its parent's counts (host1x's `drm`).
  let at = [`${ofDevice}/of_node`, `${ofDevice}/../of_node`].find(exists);
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
    () => device.kernel.identity.arch === "x86_64" ? "io-coherent" : fromDeviceTree(device),
  );
}
