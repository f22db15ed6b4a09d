/**
 * What a kind of device file is to boctl: where its nodes are, how an open one says what it is, and
 * how buffers come in, go out and are let go. DRM nodes are one family; a driver with a character
 * device of its own (kbase) is another. One file a family in `families/`.
 *
 * @module
 */
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import type { Kernel } from "../ffi/kernel.ts";
import type { DriverVersion, Explain, OpenDevice } from "./driver.ts";

/** The kinds of node; `misc`: a character device with a single node, that does everything. */
export const nodeKinds = ["primary", "render", "misc"] as const;
export type NodeKind = (typeof nodeKinds)[number];

/** How an export is asked for. */
export interface ExportOptions {
  readonly rdwr: boolean;
  readonly cloexec: boolean;
}

/** An open file did not say what it is: which call was refused, and -errno. */
export interface Unidentified {
  readonly call: string;
  readonly refused: number;
}

/** Whether an open file did not say what it is. */
export function isUnidentified(answer: DriverVersion | Unidentified): answer is Unidentified {
  return "refused" in answer;
}

/** One family of devices. */
export interface DeviceFamily {
  /** `drm`. */
  readonly name: string;
  /** What messages call one of its nodes: `DRM node`. */
  readonly noun: string;
  /** Where its nodes are, for messages: `/dev/dri/card… and /dev/dri/renderD…`. */
  readonly places: string;
  /** A node's name, without its directory: `card0`. */
  readonly nodeName: RegExp;
  /** The directory of its nodes. */
  readonly directory: string;
  /** The directory of sysfs with a link for each node: `/sys/class/drm`. */
  readonly sysfsClass: string;
  /** The kind of a node, told by its name. */
  kindOf(name: string): NodeKind;
  /** Why there is no node at all, as a hint. */
  readonly absent: string;

  /**
   * Makes an open file ready and asks what it is. A later call on the same file may be refused,
   * where `asksOnce`.
   */
  identify(kernel: Kernel, fd: number): DriverVersion | Unidentified;
  /** Whether an open file can be identified once only. */
  readonly asksOnce: boolean;
  /** The calls that only find out what a node is. */
  readonly asking: readonly IoctlDefinition[];
  /** Names of the uapi tables that apply to a node of a driver. */
  tables(driver: string): readonly string[];
  /** What `devices --json` tells beside: `{ prime: "3" }`; "-" where the kernel does not tell. */
  capabilities(kernel: Kernel, fd: number): Readonly<Record<string, string>>;

  /** A handle in messages: `handle 1`. */
  formatHandle(handle: number): string;
  /** Lets go of a buffer: 0 or -errno, EINVAL where there is no such handle. */
  closeHandle(device: OpenDevice, handle: number): number;
  /** The call that {@linkcode closeHandle} makes. */
  readonly closedBy: string;
  /** Whether its buffers can leave as dma-bufs. */
  readonly exports: boolean;
  /**
   * A descriptor of the buffer's dma-buf.
   * @throws {KernelRefusal}
   * @throws {NotSupported} where the family has no such call
   */
  exportHandle(
    device: OpenDevice,
    handle: number,
    options: ExportOptions,
    explain?: Explain,
  ): number;
  /**
   * A handle for a dma-buf.
   * @throws {KernelRefusal} with what is known of who refuses
   */
  importDescriptor(device: OpenDevice, fd: number): number;
}
