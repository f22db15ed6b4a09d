import type { ExpectedNode, KernelSource, Machine } from "../machine.ts";

/** What differs between the amd64 machines. */
export interface PcOptions {
  readonly name: string;
  readonly kernel: KernelSource;
  readonly byDefault: boolean;
  readonly essential?: boolean;
  /** Module and DRM driver name of the Cirrus display. */
  readonly cirrus: { readonly module: string; readonly driver: string };
  /** Whether the kernel has /dev/udmabuf and /dev/dma_heap/system. */
  readonly heaps: boolean;
  /** Modules needed before the disks of the guest can be mounted. */
  readonly transport: readonly string[];
}

const PC_DEVICES = [
  "virtio-gpu-pci,addr=10",
  "bochs-display,addr=11",
  "cirrus-vga,addr=12",
  "qxl,addr=13",
];

/**
 * A q35 machine with vgem and the four emulated display devices.
 *
 * card0 is vgem, card1 virtio_gpu, card2 bochs, card3 cirrus, card4 qxl: the order of
 * insmod.
 */
export function pc(options: PcOptions): Machine {
  const nodes: ExpectedNode[] = [
    { card: 0, render: 128, driver: "vgem", device: "vgem" },
    {
      card: 1,
      render: 129,
      driver: "virtio_gpu",
      device: "0000:00:10.0",
      deviceDriver: "virtio-pci",
    },
    { card: 2, driver: "bochs-drm", device: "0000:00:11.0" },
    { card: 3, driver: options.cirrus.driver, device: "0000:00:12.0" },
    { card: 4, driver: "qxl", device: "0000:00:13.0" },
  ];
  return {
    name: options.name,
    arch: "amd64",
    kernel: options.kernel,
    byDefault: options.byDefault,
    essential: options.essential ?? false,
    cpu: "max",
    devices: PC_DEVICES,
    modules: [...options.transport, "vgem", "virtio-gpu", "bochs", options.cirrus.module, "qxl"],
    board: [],
    nodes,
    files: options.heaps ? ["/dev/udmabuf", "/dev/dma_heap/system"] : [],
  };
}
