/**
 * A workspace: one kernel, what is held on it by name, and the journal of what happened.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import { KernelRefusal, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { Journal } from "./journal.ts";
import { Memories } from "./memories.ts";
import {
  type Buffer,
  type Device,
  type DmaBuf,
  type Held,
  type HeldKind,
  type HeldMapping,
  namePrefixes,
} from "./objects.ts";

/** Names: letters, digits, `_`, `-` and `.`, not starting with a dash or a digit. */
const namePattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** How long one look at a fence may take, and what happens between two. */
export interface Pace {
  /** Milliseconds that a call may block. */
  readonly sliceMs: number;
  /** Lets the event loop turn, and whoever else uses the workspace work. */
  pause(): Promise<void>;
}

/** The pace of a process that has the workspace for itself: Ctrl-C is heard within a slice. */
export const ownPace: Pace = {
  sliceMs: 100,
  pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
};

/**
 * Holds what commands make. Whoever makes one closes it: `close()` lets everything go, newest
 * first, and disposes of the kernel.
 */
export class Workspace {
  readonly kernel: Kernel;
  readonly journal = new Journal();
  readonly memories = new Memories(this.journal);
  /** How its waits go; a session's lets others in. */
  pace: Pace = ownPace;
  /** What `--device` named, or undefined: see `workspace/devices.ts`. */
  readonly deviceSpec: string | undefined;
  /** The name of the device that commands without `--on` work on, once it is open. */
  defaultDevice: string | undefined;
  readonly #held = new Map<string, Held>();
  readonly #counters = new Map<HeldKind, number>();
  readonly #adopted: number[] = [];

  /** Says a line to the user that is neither a result nor an error. */
  readonly notice: (line: string) => void;

  constructor(kernel: Kernel, deviceSpec?: string, notice: (line: string) => void = () => {}) {
    this.kernel = kernel;
    this.deviceSpec = deviceSpec;
    this.notice = notice;
  }

  /** Everything held, oldest first. */
  get held(): readonly Held[] {
    return [...this.#held.values()];
  }

  /**
   * The name a new object will have: the one asked for, or the next free one of its kind.
   * @throws {UsageError} when the name is taken or is no name
   */
  nameFor(kind: HeldKind, asked?: string): string {
    if (asked !== undefined) {
      if (!namePattern.test(asked)) {
        throw new UsageError(`--as: "${asked}" is not a name`, {
          word: asked,
          hint: "Names have letters, digits, _, - and ., and start with a letter.",
        });
      }
      if (this.#held.has(asked)) {
        throw new UsageError(`--as: "${asked}" is taken`, {
          word: asked,
          hint: `Close it first (close ${asked}), or choose another name.`,
        });
      }
      return asked;
    }
    for (;;) {
      const next = (this.#counters.get(kind) ?? 0) + 1;
      this.#counters.set(kind, next);
      const name = `${namePrefixes[kind]}${next}`;
      if (!this.#held.has(name)) return name;
    }
  }

  /** Holds an object under its name. */
  hold<T extends Held>(object: T): T {
    this.#held.set(object.name, object);
    return object;
  }

  /** Forgets a name; releasing what it stood for is the caller's. */
  forget(name: string): void {
    this.#held.delete(name);
  }

  /** What a name stands for, or undefined. */
  find(name: string): Held | undefined {
    return this.#held.get(name);
  }

  /**
   * What a name stands for, of one of the kinds.
   * @throws {UsageError} naming what is held
   */
  get(name: string, kinds: readonly ["buffer"]): Buffer;
  get(name: string, kinds: readonly ["dma-buf"]): DmaBuf;
  get(name: string, kinds: readonly ["device"]): Device;
  get(name: string, kinds: readonly ["buffer", "dma-buf"]): Buffer | DmaBuf;
  get(
    name: string,
    kinds: readonly ["buffer", "dma-buf", "mapping"],
  ): Buffer | DmaBuf | HeldMapping;
  get(name: string, kinds?: readonly HeldKind[]): Held;
  get(name: string, kinds?: readonly HeldKind[]): Held {
    const object = this.#held.get(name);
    const wanted = kinds?.join(" or ") ?? "object";
    if (object === undefined) {
      const names = this.held.filter((held) => kinds?.includes(held.kind) ?? true)
        .map((held) => held.name);
      throw new UsageError(`no ${wanted} is named "${name}"`, {
        word: name,
        hint: names.length === 0
          ? `Nothing of that kind is held. Objects live as long as their process: put the commands ` +
            `on one line (boctl create --size 4KiB , list), in a script (boctl run FILE), or in a ` +
            `session (boctl session start).`
          : `${didYouMean(name, names)}Held: ${names.join(", ")}.`,
      });
    }
    if (kinds !== undefined && !kinds.includes(object.kind)) {
      throw new UsageError(`"${name}" is a ${object.kind}, not a ${wanted}`, { word: name });
    }
    return object;
  }

  /** Adds a name to a handle's users. Returns a name that had it before, if any. */
  useHandle(device: Device, handle: number, name: string): string | undefined {
    const names = device.handles.get(handle) ?? new Set<string>();
    const other = names.values().next().value;
    names.add(name);
    device.handles.set(handle, names);
    return other;
  }

  /**
   * Takes a name off a handle; the last one closes it.
   * @returns 0, or -errno of closing it: the handle keeps its name, but on EINVAL, which says that
   * there is no such handle
   */
  releaseHandle(device: Device, handle: number, name: string): number {
    const names = device.handles.get(handle);
    if (names !== undefined && names.size > 1) {
      names.delete(name);
      return 0;
    }
    const closed = device.family.closeHandle(device, handle);
    if (isError(closed) && closed !== -errno.EINVAL) return closed;
    device.handles.delete(handle);
    this.memories.forgetHandle(device, handle);
    return closed;
  }

  /**
   * Releases one object's resources and forgets its name.
   * @throws {KernelRefusal} when its handle cannot be closed; it is held as before, but where the
   * handle was gone already
   */
  release(object: Held): void {
    if (object.kind !== "buffer") return this.#letGo(object);
    const { device, handle, name } = object;
    const closed = this.releaseHandle(device, handle, name);
    const gone = closed === -errno.EINVAL;
    if (!isError(closed) || gone) this.#letGo(object);
    if (!isError(closed)) return;
    throw new KernelRefusal(device.family.closedBy, device.name, closed, {
      reason: gone
        ? `${device.family.formatHandle(handle)} of "${name}" was closed by something else`
        : undefined,
      hint: gone ? undefined : `"${name}" is still held.`,
    });
  }

  /** Forgets a name and releases what it has beside a handle, which cannot be refused. */
  #letGo(object: Held): void {
    this.forget(object.name);
    switch (object.kind) {
      case "mapping":
        object.mapping.unmap();
        break;
      case "dma-buf":
        this.kernel.close(object.fd);
        break;
      case "buffer":
        if (object.importedFrom !== undefined) this.kernel.close(object.importedFrom.fd);
        break;
      case "device":
        object.driver.release?.(object);
        for (const mapping of object.mappings.values()) mapping.unmap();
        object.mappings.clear();
        this.kernel.close(object.fd);
    }
  }

  /** Descriptors that have no name: see {@linkcode adopt}. */
  get adopted(): readonly number[] {
    return this.#adopted;
  }

  /** Takes over a descriptor that has no name: it is closed with the workspace. */
  adopt(fd: number): void {
    this.#adopted.push(fd);
  }

  /** Lets everything go, mappings first and devices last, and disposes of the kernel. */
  close(): void {
    const order: readonly HeldKind[] = ["mapping", "buffer", "dma-buf", "device"];
    for (const kind of order) {
      for (const object of this.held.filter((held) => held.kind === kind).reverse()) {
        // A handle that cannot be closed goes with its file.
        if (object.kind === "buffer") this.releaseHandle(object.device, object.handle, object.name);
        this.#letGo(object);
      }
    }
    for (const fd of this.#adopted.splice(0)) this.kernel.close(fd);
    this.kernel.dispose();
  }
}
