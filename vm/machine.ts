/** The two processor architectures, by Debian's names. */
export type Arch = "amd64" | "arm64";

/** Where a kernel comes from: the newest Debian package of one series in one suite. */
export interface KernelSource {
  /** Upstream series, e.g. `"6.12"`; the newest stable release of it in the suite is taken. */
  readonly series: string;
  /** Debian suite, e.g. `"bookworm-security"`. */
  readonly suite: string;
  /** Debian flavour, e.g. `"amd64"`, `"arm64"`, `"arm64-16k"`. The `cloud` flavours have no DRM. */
  readonly flavour: string;
}

/** A register value: byte offset from the start of the register block, 32-bit value. */
export type Register = readonly [offset: number, value: number];

/** A file that a driver asks the kernel for, under /lib/firmware of the guest. */
export interface Firmware {
  /** Path below /lib/firmware. */
  readonly path: string;
  /** Makes the contents. */
  readonly make: () => Uint8Array;
}

/** Guest RAM that a device-tree node presents to a driver as its registers. */
export interface RegisterBlock {
  /** Guest-physical address. */
  readonly address: number;
  /** Length in bytes. */
  readonly size: number;
  /** Values at power-on; every other byte is 0. */
  readonly registers: readonly Register[];
}

/** Devices that exist by a device-tree source fragment and preloaded registers (arm64). */
export interface BoardPart {
  /** Device-tree source to append to QEMU's own tree. */
  readonly source: string;
  readonly blocks: readonly RegisterBlock[];
  readonly firmware: readonly Firmware[];
  /**
   * By module: functions that return 0 without running, because they test registers for a behaviour
   * that RAM does not have. Everything else of the module is what Debian built.
   */
  readonly skipped?: Readonly<Record<string, readonly string[]>>;
  /** By module: what to load it with, e.g. `"fbdev_emulation=0"`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What the kernel complains about because the hardware is not there. */
  readonly complaints?: readonly Complaint[];
}

/** A line of the kernel's log that would tell of trouble, were it not the board that causes it. */
export interface Complaint {
  readonly line: RegExp;
  /** Why it cannot be helped. */
  readonly why: string;
}

/** A DRM node that must exist once the guest is up. */
export interface ExpectedNode {
  /** Number N of /dev/dri/cardN, or undefined for a device without. */
  readonly card: number;
  /** Number N of /dev/dri/renderDN; undefined where the driver has no render node. */
  readonly render?: number;
  /** Name that DRM_IOCTL_VERSION reports. */
  readonly driver: string;
  /** Name under /sys/bus: the sysfs device that the node hangs off ends in this. */
  readonly device: string;
  /** Name of that device's driver; undefined where it is `driver`. */
  readonly deviceDriver?: string;
  /** Whether the device tree says `dma-coherent`; undefined for devices outside the tree. */
  readonly coherent?: boolean;
}

/** One kind of guest: a kernel, the devices it sees and the modules that drive them. */
export interface Machine {
  /** Name on the command line, also the name of the file under machines/. */
  readonly name: string;
  readonly arch: Arch;
  readonly kernel: KernelSource;
  /** Whether `setup` and `test` take it when no machine is named. */
  readonly byDefault: boolean;
  /** Whether its tests run even where time is short. */
  readonly essential: boolean;
  /** QEMU's `-cpu`. */
  readonly cpu: string;
  /** Values for QEMU's `-device`, in order. */
  readonly devices: readonly string[];
  /** Kernel modules in load order; the order decides the card numbers. */
  readonly modules: readonly string[];
  /** Device-tree parts (arm64). */
  readonly board: readonly BoardPart[];
  /** DRM nodes that the modules must bring up. */
  readonly nodes: readonly ExpectedNode[];
  /** Other device files that must exist. */
  readonly files: readonly string[];
}
