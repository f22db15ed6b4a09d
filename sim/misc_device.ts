import type { BoardDevice } from "./board.ts";
import type { OpenFile } from "./file.ts";
import type { NodeAccess } from "./fs/dev.ts";
import type { Stat } from "../ffi/kernel.ts";

/** A device with a character device of its own (misc_register()), as drivers out of tree have it. */
export interface MiscDevice {
  readonly kind: "misc";
  /** The node's name below /dev: `mali0`. */
  readonly nodeName: string;
  /** What the driver asks for; a udev rule may say otherwise. */
  readonly access: NodeAccess;
  readonly board: BoardDevice;
  /** An open(2) of its node, with f_flags and the node's stat. */
  open(statusFlags: number, stat: Stat): OpenFile | number;
  /** The device is gone: what open files answer from now on is the driver's. */
  unplug(): void;
}

/** MISC_MAJOR. */
export const MISC_MAJOR = 10;
/** The first minor number of those given as they come; udmabuf has the one before. */
export const FIRST_DYNAMIC_MINOR = 124;
