/**
 * What a probe works with: a workspace of its own with one open file of the subject, closed at the
 * probe's end with everything that it made.
 *
 * @module
 */
import type { CreateRequest } from "../drivers/driver.ts";
import { BoctlError, exitCodes, KernelRefusal, NotSupported } from "../errors.ts";
import { errno, errnoName } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import {
  allocateHeap,
  allocateUdmabuf,
  createBuffer,
  exportBuffer,
  importDmaBuf,
} from "../workspace/buffers.ts";
import { openDevice } from "../workspace/devices.ts";
import { hasUdmabuf, listHeaps } from "../workspace/inventory.ts";
import { Accessor, mapObject } from "../workspace/maps.ts";
import type { Buffer, Device, DmaBuf } from "../workspace/objects.ts";
import { Workspace } from "../workspace/workspace.ts";
import type { Observed, ProbeSubject } from "./probe.ts";

/** Bytes of a probe's small buffer, and of the one that is large beside it. */
export const SMALL = 4096;
export const LARGE = 1 << 20;

/** Ends a probe without an answer. */
export class Unanswered extends Error {
  readonly answer: "not-applicable" | "cannot-be-told";

  constructor(answer: "not-applicable" | "cannot-be-told", why: string) {
    super(why);
    this.answer = answer;
  }
}

/** There is no such thing here. */
export function notApplicable(why: string): Unanswered {
  return new Unanswered("not-applicable", why);
}

/** User space cannot find out. */
export function cannotBeTold(why: string): Unanswered {
  return new Unanswered("cannot-be-told", why);
}

/** Errors that tell of the machine's state and not of what was asked. */
const noAnswer: readonly number[] = [
  errno.EINTR,
  errno.EIO,
  errno.ENOMEM,
  errno.ENODEV,
  errno.ENFILE,
  errno.EMFILE,
];

/** What came of a try: what it gave, or how it was refused. */
export type Tried<T> = { readonly done: T } | { readonly refused: Observed };

/**
 * Does what the kernel may refuse. Only a refusal of the call that is asked about is an answer.
 * @param call the call's name as messages have it
 * @throws {KernelRefusal} when another call fails, or for an errno that is no answer
 */
export function tried<T>(call: string, action: () => T): Tried<T> {
  try {
    return { done: action() };
  } catch (error) {
    const answers = error instanceof KernelRefusal && error.call === call &&
      !noAnswer.includes(error.errno);
    if (!answers) throw error;
    const { reason } = error;
    return {
      refused: {
        answer: "refused",
        errno: errnoName(error.errno),
        detail: reason === undefined ? call : `${call}: ${reason}`,
      },
    };
  }
}

/** The same kernel for a workspace that closes before its owner does. */
class LentKernel extends WrappedKernel {
  override dispose(): void {}
}

/** One probe's workspace. */
export class Bench implements Disposable {
  readonly workspace: Workspace;
  readonly subject: ProbeSubject;
  readonly #device: Device | undefined;

  private constructor(workspace: Workspace, subject: ProbeSubject, device: Device | undefined) {
    this.workspace = workspace;
    this.subject = subject;
    this.#device = device;
  }

  /**
   * Opens a bench. The kernel stays its owner's.
   * @throws {NoDevice} when the subject cannot be opened
   */
  static async open(kernel: Kernel, subject: ProbeSubject): Promise<Bench> {
    const workspace = new Workspace(new LentKernel(kernel));
    try {
      const device = subject.kind === "device"
        ? await openDevice(workspace, subject.name)
        : undefined;
      return new Bench(workspace, subject, device);
    } catch (error) {
      workspace.close();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.workspace.close();
  }

  /** The subject as a device. @throws {Unanswered} where it is a heap or udmabuf */
  get device(): Device {
    if (this.#device !== undefined) return this.#device;
    throw notApplicable(
      this.subject.kind === "heap"
        ? "a heap has no buffer objects"
        : "udmabuf has no buffer objects",
    );
  }

  /** A buffer object of the subject, write-combined where it can choose. */
  buffer(request: Partial<CreateRequest> = {}): Buffer {
    return createBuffer(this.workspace, this.device, {
      size: BigInt(SMALL),
      cached: false,
      private: false,
      noMmap: false,
      flags: [],
      ...request,
    });
  }

  /** A dma-buf of the subject. @throws {Unanswered} for a read-only one of udmabuf */
  dmaBuf(options: { rdwr: boolean; size?: number } = { rdwr: true }): DmaBuf {
    const { rdwr, size = SMALL } = options;
    switch (this.subject.kind) {
      case "device":
        return this.export(this.buffer({ size: BigInt(size) }), rdwr);
      case "heap":
        return allocateHeap(this.workspace, this.subject.name, BigInt(size), {
          rdwr,
          cloexec: true,
        });
      case "udmabuf":
        if (!rdwr) throw notApplicable("udmabuf's dma-bufs are always for reading and writing");
        return allocateUdmabuf(this.workspace, BigInt(size), { cloexec: true });
    }
  }

  /** Exports a buffer. */
  export(buffer: Buffer, rdwr = true): DmaBuf {
    return exportBuffer(this.workspace, buffer, { rdwr, cloexec: true });
  }

  /**
   * A dma-buf that is not the subject's: of udmabuf, a heap, or vgem.
   * @throws {Unanswered} where nobody else can be had
   */
  async foreign(rdwr = true): Promise<DmaBuf> {
    const { workspace } = this;
    const { kernel } = workspace;
    const options = { rdwr, cloexec: true };
    const failed: string[] = [];
    const sources: (() => DmaBuf | Promise<DmaBuf>)[] = [
      ...listHeaps(kernel).map((heap) => () =>
        allocateHeap(workspace, heap, BigInt(SMALL), options)
      ),
      ...(rdwr && hasUdmabuf(kernel)
        ? [() => allocateUdmabuf(workspace, BigInt(SMALL), options)]
        : []),
      ...(this.device.version.name === "vgem" ? [] : [async () => {
        const vgem = await openDevice(workspace, "vgem");
        const request = { cached: false, private: false, noMmap: false, flags: [] };
        const buffer = createBuffer(workspace, vgem, { size: BigInt(SMALL), ...request });
        return exportBuffer(workspace, buffer, options);
      }]),
    ];
    for (const source of sources) {
      try {
        return await source();
      } catch (error) {
        if (!(error instanceof BoctlError)) throw error;
        failed.push(error.message);
      }
    }
    throw cannotBeTold(
      failed.length === 0
        ? "nobody else here makes a dma-buf (a heap, udmabuf, vgem)"
        : `nobody else here makes a dma-buf: ${failed.join("; ")}`,
    );
  }

  /**
   * Imports a foreign dma-buf into the subject.
   * @throws {Unanswered} where the subject takes none
   */
  import(dmaBuf: DmaBuf): Buffer {
    const call = "DRM_IOCTL_PRIME_FD_TO_HANDLE";
    try {
      return importDmaBuf(this.workspace, dmaBuf, this.device);
    } catch (error) {
      const taken: readonly number[] = [errno.EINVAL, errno.ENODEV, errno.ENOSYS];
      const refuses = error instanceof KernelRefusal && error.call === call &&
        taken.includes(error.errno);
      if (!refuses) throw error;
      throw notApplicable(`it does not take a foreign dma-buf: ${error.message}`);
    }
  }

  /** Maps, acts, unmaps. */
  mapped<T>(
    object: Buffer | DmaBuf,
    options: { writable: boolean; via: "node" | "dma-buf" },
    action: (access: Accessor) => T,
  ): T {
    const map = mapObject(this.workspace, object, options);
    try {
      return action(new Accessor(this.workspace, map));
    } finally {
      map.mapping.unmap();
    }
  }
}

/** What a driver says to a call that it does not have. */
const notThere: readonly number[] = [errno.ENOSYS, errno.EOPNOTSUPP];
/** A mistake of ours, and Ctrl-C. */
const notOfTheKernel: readonly number[] = [exitCodes.usage, exitCodes.interrupted];

/** What a probe saw, whatever ended it. @throws what is no answer of the kernel or of boctl */
export async function observe(action: () => Observed | Promise<Observed>): Promise<Observed> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Unanswered) return { answer: error.answer, detail: error.message };
    if (error instanceof NotSupported) {
      // Messages name the option of `create` that asked for it.
      return { answer: "not-applicable", detail: error.message.replace(/^--[a-z-]+: /, "") };
    }
    if (error instanceof KernelRefusal && notThere.includes(error.errno)) {
      return { answer: "not-applicable", detail: error.message };
    }
    if (error instanceof BoctlError && !notOfTheKernel.includes(error.exitCode)) {
      return { answer: "cannot-be-told", detail: error.message, exitCode: error.exitCode };
    }
    throw error;
  }
}
