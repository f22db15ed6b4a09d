/**
 * What a DRM driver is to boctl: how create, mmap, sync and query map to its ioctls, and its
 * quirks. One file a driver; live and simulated devices use the same one.
 *
 * @module
 */
import { KernelRefusal, NotSupported } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import type { JsonValue } from "../ffi/json.ts";
import { isError, type Kernel, type Mapping } from "../ffi/kernel.ts";
import type { Fields, StructType, ValuesOf } from "../ffi/struct.ts";
import type { Range } from "../syntax/range.ts";
import { nextMultiple } from "../syntax/size.ts";
import type { Exporter } from "./exporters.ts";
import type { DeviceFamily, NodeKind } from "./family.ts";

/** What an open node told of itself (DRM_IOCTL_VERSION, kbase's version handshake). */
export interface DriverVersion {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly description: string;
}

/** An open node. */
export interface OpenDevice {
  /** Its name in messages and in `--on`: the driver's name, or what `--as` chose. */
  readonly name: string;
  readonly path: string;
  readonly kernel: Kernel;
  readonly fd: number;
  readonly family: DeviceFamily;
  readonly node: NodeKind;
  readonly version: DriverVersion;
  /** What a driver keeps for one open file, e.g. the id of its exclusive VM. */
  readonly scratch: Map<string, number>;
  /**
   * Mappings that a driver keeps for one open file, by handle, where a buffer lives as long as its
   * mapping. What is left goes before the file closes.
   */
  readonly mappings: Map<number, Mapping>;
}

/** The CPU caching of a mapping, in effect. */
export type Caching = "write-back" | "write-combined" | "uncached" | "unknown";
/**
 * How far the device sees the CPU's caches. `non-coherent`: not at all; `io-coherent`: it snoops
 * them; `coherent`: full; `unknown`: the kernel does not tell.
 */
export type Coherency = "non-coherent" | "io-coherent" | "coherent" | "unknown";

/** What `create` asks for. */
export interface CreateRequest {
  /** Bytes. */
  readonly size: bigint;
  readonly cached: boolean;
  readonly private: boolean;
  readonly noMmap: boolean;
  /** The driver's own flag names, as `--flags` gave them; they add to the neutral attributes. */
  readonly flags: readonly string[];
  /** Where its memory is to be, of the driver's `placements`; absent: the driver's usual place. */
  readonly placement?: string;
  /** Dumb buffers only: what was asked as WxHxBPP. */
  readonly dumb?: { readonly width: number; readonly height: number; readonly bpp: number };
}

/** Why a buffer's node does not map it, and whether its dma-buf does all the same. */
export interface Unmapped {
  /** The flag that it was made with, or without: `NO_MMAP`. */
  readonly by: string;
  readonly dmaBuf: boolean;
}

/** What the driver made. */
export interface CreatedBuffer {
  readonly handle: number;
  /** Bytes, as the kernel rounded them. */
  readonly size: number;
  /** The driver's flag word as it was sent. */
  readonly flagWord: number;
  /** Of the CPU's maps, where it has any. */
  readonly caching: Caching;
  /** Its node does not map it for the CPU. */
  readonly unmapped?: Unmapped;
  readonly private: boolean;
  /** Where it was asked to be, for drivers with several places. */
  readonly placement?: string;
}

/** A buffer as a driver needs to know it. */
export interface BufferFacts {
  readonly handle: number;
  readonly size: number;
  readonly caching: Caching;
  readonly imported: boolean;
}

/** What the kernel reads back of a buffer; fields that it does not tell are absent. */
export interface QueriedBuffer {
  /** Bytes. */
  readonly size?: number;
  readonly placement?: string;
  readonly imported?: boolean;
  readonly createFlags?: { readonly raw: number; readonly names: readonly string[] };
  /** Where the GPU sees it: an address of this open file's or of the device's. */
  readonly gpuAddress?: number;
}

/** The portable form of a sync: before `for` uses the bytes, around the CPU's `access`. */
export interface SyncIntent {
  readonly for: "device" | "cpu";
  readonly access: "r" | "w" | "rw";
}

/** What a sync is for one driver. */
export interface SyncPlan {
  /** The raw operation's name as `--op` takes it, or "none" where there is nothing to do. */
  readonly op: string;
  /** What it does to the CPU's caches; "copy": it copies between two memories instead. */
  readonly effect: "clean" | "clean-invalidate" | "invalidate" | "copy" | "wait" | "none";
  /** The CPU's access that it is for, where the call has to be told. */
  readonly access?: SyncIntent["access"];
  /** Whether the interface takes ranges. */
  readonly granularity: "range" | "whole";
  /** Its call waits for the buffer's jobs: they are waited for before, in slices. */
  readonly waits?: true;
  /** Why there is nothing to do, or for no cache. */
  readonly why?: string;
}

/** One range of a sync call that was made by its own name. */
export interface RawSync {
  readonly handle: number;
  readonly effect: SyncPlan["effect"];
  /** Bytes of the buffer. */
  readonly range: { readonly offset: number; readonly length: number };
}

/** One driver's user side. */
export interface Driver {
  /** As VERSION tells it, or "dumb" for the generic KMS one. */
  readonly name: string;
  /** Names of its calls, as messages have them. */
  readonly calls: {
    readonly create: string;
    /** Cache maintenance; absent where the driver has no call for it. */
    readonly sync?: string;
    /** That gives the fake offset for mmap on the node. */
    readonly mapOffset: string;
  };
  /** One line for `devices` and the README. */
  readonly summary: string;
  /** Names for `--flags`, lower case with dashes, and their bits. */
  readonly flagNames: Readonly<Record<string, number>>;
  /**
   * The first version whose buffers have cached CPU maps on asking; absent: user space never has a
   * say in it.
   */
  readonly cachedSince?: readonly [major: number, minor: number];
  /** Names for `--placement`; absent where there is nothing to choose. */
  readonly placements?: readonly string[];
  /** Which node its buffers are made on. */
  readonly node: NodeKind;
  /**
   * Where no device is named, any other is taken before one of these: a display that is in every
   * virtual machine.
   */
  readonly lastChoice?: true;
  /** Whether the driver code here fits what the device reports (tyr calls itself panthor, too). */
  fits?(device: OpenDevice): boolean;
  coherency(device: OpenDevice): Coherency;
  create(device: OpenDevice, request: CreateRequest): CreatedBuffer;
  /**
   * What mmap(2) of the node takes for the buffer.
   * @param caching how the buffer's maps are to be cached, where the driver chooses at mmap
   */
  mmapOffset(device: OpenDevice, handle: number, caching?: Caching): bigint;
  /** The raw sync operations by name. */
  readonly syncOps: Readonly<Record<string, SyncPlan>>;
  /**
   * What a raw operation is on a buffer, where that is something else than on others.
   * @param exporter who exported what the buffer is an import of
   */
  planOp?(
    device: OpenDevice,
    buffer: BufferFacts,
    op: SyncPlan,
    exporter?: Exporter,
  ): SyncPlan;
  /**
   * What the portable form becomes for a cached buffer of a device that is not coherent, in the words
   * of `sync --help`; absent: nothing, whatever the buffer.
   */
  readonly syncForms?: {
    readonly forDevice: string;
    readonly forCpu: string;
    /** On which of its devices, where not on all: `no LLC`. */
    readonly where?: string;
  };
  /** The portable form, translated. */
  plan(device: OpenDevice, buffer: BufferFacts, intent: SyncIntent): SyncPlan;
  /**
   * Carries a plan out. Ranges are inside the buffer unless the user said `--raw`.
   * @param raw send what is known to be wrong, too
   * @throws {UsageError} for what the driver knows to be wrong
   * @throws {KernelRefusal} when the kernel refuses; ranges before it may have been done
   */
  sync(
    device: OpenDevice,
    buffer: BufferFacts,
    plan: SyncPlan,
    ranges: readonly Range[],
    raw?: boolean,
  ): void;
  /** Waiting for a buffer's jobs, where the driver has a call for it. */
  readonly wait?: {
    /** The call's name. */
    readonly by: string;
    /**
     * Whether the buffer is idle, after at most `sliceNs` nanoseconds.
     * @throws {KernelRefusal} for anything but "busy"
     */
    readonly ask: (device: OpenDevice, handle: number, sliceNs: bigint) => boolean;
  };
  /**
   * The ranges of a sync call that was made by its own name; none for any other call.
   * @param fields of its argument, as `describe()` has them
   */
  rawSyncs?(name: string, fields: JsonValue): readonly RawSync[];
  query?(device: OpenDevice, handle: number): QueriedBuffer;
  /** Lets go of what `scratch` holds, before the file closes; never throws. */
  release?(device: OpenDevice): void;
  /** Why an export would be refused, where the driver knows it. */
  exportRefusal?(errno: number, buffer: { private: boolean }): string | undefined;
  /** Why mmap(2) of a buffer's own offset was refused, where the driver knows it. */
  mmapRefusal?(errno: number): string | undefined;
}

/** Explains an errno of one call, where the reason is known. */
export type Explain = (errno: number) => string | undefined;

/**
 * Makes a call and decodes the answer.
 * @throws {KernelRefusal} with the call, the device and, where known, the reason
 */
export function checkedCall<F extends Fields>(
  device: { readonly kernel: Kernel; readonly fd: number; readonly name: string },
  definition: IoctlDefinition<StructType<F>>,
  values: Partial<ValuesOf<F>>,
  explain?: Explain,
): ValuesOf<F> {
  const answer = call(device.kernel, device.fd, definition, values);
  if (isError(answer.result)) {
    throw new KernelRefusal(definition.name, device.name, answer.result, {
      reason: explain?.(-answer.result),
    });
  }
  return answer.values;
}

/**
 * Makes a call that waits for a buffer's jobs.
 * @param busy errnos that say that the time is over and the buffer is not idle
 * @throws {KernelRefusal} for every other errno
 */
export function isIdle<F extends Fields>(
  device: OpenDevice,
  definition: IoctlDefinition<StructType<F>>,
  values: Partial<ValuesOf<F>>,
  busy: readonly number[],
): boolean {
  const { result } = call(device.kernel, device.fd, definition, values);
  if (busy.includes(-result)) return false;
  if (isError(result)) throw new KernelRefusal(definition.name, device.name, result);
  return true;
}

/** Bytes of a buffer whose size the kernel rounds up to pages without telling. */
export function inPages({ kernel }: OpenDevice, bytes: bigint): number {
  return Number(nextMultiple(bytes, kernel.identity.pageSize));
}

/** What a driver without a display says to --dumb. */
export function noDumbBuffers(driver: string): NotSupported {
  return new NotSupported(
    `--dumb: ${driver} has no dumb buffers`,
    "Display drivers and vgem have them: --on DEVICE chooses one of this kernel.",
  );
}

const coherencies = ["unknown", "non-coherent", "io-coherent", "coherent"] as const;

/**
 * What to make of a refused query of something that older kernels do not tell.
 * @throws {KernelRefusal} when the refusal is no sign of an older kernel
 */
export function untold(device: OpenDevice, definition: IoctlDefinition, result: number): "unknown" {
  const older: readonly number[] = [errno.EINVAL, errno.ENOTTY, errno.EOPNOTSUPP];
  if (older.includes(-result)) return "unknown";
  throw new KernelRefusal(definition.name, device.name, result);
}

/** A device's coherency never changes: it is asked once for an open file. */
export function askedOnce(device: OpenDevice, ask: () => Coherency): Coherency {
  const known = coherencies[device.scratch.get("coherency") ?? -1];
  if (known !== undefined) return known;
  const answer = ask();
  device.scratch.set("coherency", coherencies.indexOf(answer));
  return answer;
}

/** `1.7` as the drivers count it. */
export function versionAtLeast(version: DriverVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
