import { errno } from "../ffi/errno.ts";
import type { JobAccess } from "../ffi/kernel.ts";
import type { Clock } from "./clock.ts";
import type { DeviceObject } from "./device_object.ts";
import { Fence } from "./dmabuf/fence.ts";
import type { OpenFile } from "./file.ts";
import { JobCache } from "./memory/job_cache.ts";
import type { Memory } from "./memory/memory.ts";

/** A running job on one buffer. */
interface Job {
  readonly file: OpenFile;
  readonly object: DeviceObject;
  readonly fence: Fence;
  readonly cache: JobCache;
}

/**
 * The jobs of one device, at most one on a buffer's memory, and its accesses to buffers. A job is
 * between {@linkcode begin} and {@linkcode end}: the buffer has a fence, and accesses go through the
 * device's own cache. An access without one is a job of its own, over before anybody could see it.
 */
export class Jobs {
  readonly #clock: Clock;
  readonly #running = new Map<Memory, Job>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A job of the open file begins; 0, -EBUSY, or what mapping the buffer says. It holds the buffer,
   * whatever happens to the handle. Fences of others are not waited for: that is user space's, as
   * with explicit synchronisation.
   */
  begin(file: OpenFile, object: DeviceObject, access: JobAccess): number {
    if (this.#running.has(object.memory)) return -errno.EBUSY;
    const begun = object.jobBegins();
    if (begun < 0) return begun;
    const fence = new Fence(this.#clock, null);
    object.reservation.add(fence, access);
    this.#running.set(object.memory, {
      file,
      object,
      fence,
      cache: new JobCache(object.memory, object.coherency),
    });
    object.get();
    return 0;
  }

  /** The job on the buffer's memory ends; 0, or -EINVAL where there is none. */
  end(object: DeviceObject): number {
    const job = this.#running.get(object.memory);
    if (job === undefined) return -errno.EINVAL;
    this.#end(job);
    return 0;
  }

  /** Ends every job of an open file. */
  endAll(file: OpenFile): void {
    for (const job of [...this.#running.values()]) if (job.file === file) this.#end(job);
  }

  #end(job: Job): void {
    const { object, cache, fence } = job;
    this.#running.delete(object.memory);
    cache.end();
    object.jobEnds();
    fence.signal();
    object.put();
  }

  /** The device reads bytes at `offset`; 0 or -errno. */
  read(object: DeviceObject, offset: number, into: Uint8Array): number {
    return this.#access(
      object,
      (cache) => cache.read(offset, into),
      () => object.memory.readDevice(object.coherency !== "none", offset, into),
    );
  }

  /** The device writes bytes at `offset`; 0 or -errno. */
  write(object: DeviceObject, offset: number, bytes: Uint8Array): number {
    return this.#access(
      object,
      (cache) => cache.write(offset, bytes),
      () => object.memory.writeDevice(object.coherency !== "none", offset, bytes),
    );
  }

  /** `alone`: the cache of a job of one access is filled and written back at once. */
  #access(object: DeviceObject, inJob: (cache: JobCache) => void, alone: () => void): number {
    const job = this.#running.get(object.memory);
    if (job !== undefined) {
      inJob(job.cache);
      return 0;
    }
    const begun = object.jobBegins();
    if (begun < 0) return begun;
    alone();
    object.jobEnds();
    return 0;
  }
}
