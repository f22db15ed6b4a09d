import { errno } from "../../ffi/errno.ts";
import type { Argument, Stat } from "../../ffi/kernel.ts";
import type { DmaBuf } from "../dmabuf/dma_buf.ts";
import { OpenFile } from "../file.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import { coreIoctls } from "./core_ioctls.ts";
import type { DrmDevice } from "./device.ts";
import { dispatch } from "./dispatch.ts";
import { memoryLines } from "./fdinfo.ts";
import { Master } from "./master.ts";
import type { GemObject } from "./gem.ts";
import type { DrmNode } from "./node.ts";
import type { Syncobj } from "./syncobj.ts";

/** drm_minor kinds. */
export type NodeKind = "primary" | "render";

interface PrimeEntry {
  readonly dmaBuf: DmaBuf;
  readonly handle: number;
}

/** An open file of a DRM node: struct drm_file. */
export class DrmFile extends OpenFile {
  readonly node: DrmNode;
  readonly handles = new Map<number, GemObject>();
  readonly syncobjs = new Map<number, Syncobj>();
  /** DRM_IOCTL_SET_CLIENT_NAME. */
  clientName = "";
  /** DRM_CLIENT_CAP_ATOMIC. */
  atomic = false;
  authenticated: boolean;
  /** The master that it belongs to; null on render nodes. */
  master: Master | null = null;
  /** It made that master. */
  isMaster = false;
  /** It has been current master once. */
  wasMaster = false;
  /** What GET_MAGIC gave it; 0: nothing yet. */
  magic = 0;
  /** Which dma-buf belongs to which handle: importing or exporting again gives the same. */
  #prime: PrimeEntry[] = [];
  /** No handle below it is free. */
  #lowestFree = 1;

  constructor(node: DrmNode, flags: number, inode: Stat) {
    super(flags);
    this.node = node;
    this.#inode = inode;
    const { device } = node;
    this.authenticated = device.machine.uid === 0;
    if (node.kind === "primary") {
      // drm_master_open(): the first to open the primary node is master.
      if (device.master === null) this.becomeMaster(new Master());
      else this.master = device.master;
    }
    this.#clientId = device.machine.newClientId();
    device.opened(this);
  }
  readonly #inode: Stat;
  readonly #clientId: number;

  /** drm_is_current_master(). */
  get isCurrentMaster(): boolean {
    return this.isMaster && this.master !== null && this.master === this.device.master;
  }
  /** drm_set_master(), drm_new_set_master(). */
  becomeMaster(master: Master): void {
    this.device.master = master;
    this.master = master;
    this.isMaster = this.wasMaster = true;
    this.authenticated = true;
  }

  get device(): DrmDevice {
    return this.node.device;
  }

  protected override release(): void {
    // As a GPU's reset ends what a dead process left running.
    this.device.jobs.endAll(this);
    for (const handle of [...this.handles.keys()]) this.closeHandle(handle);
    this.syncobjs.clear();
    this.device.closed(this);
    // drm_master_release(): the list is that of its master now, whoever gave the number.
    this.master?.magics.delete(this.magic);
    if (this.isCurrentMaster) this.device.master = null;
  }

  override stat(): Stat {
    return this.#inode;
  }
  override link(): string {
    return this.node.path;
  }
  override seek(): bigint {
    // noop_llseek.
    return 0n;
  }
  override poll(): number {
    // drm_poll(): readable when an event is queued; none ever is here.
    return 0;
  }

  override ioctl(request: number, argument: Argument): number {
    return dispatch(this, coreIoctls, request, argument);
  }

  /** drm_show_fdinfo(), which not all drivers have. */
  override fdinfo(): string {
    const { showsMemory, showsClient, unplugged } = this.device;
    if (unplugged || !(showsMemory || showsClient)) return "";
    const name = this.clientName === "" ? "" : `drm-client-name:\t${this.clientName}\n`;
    return `drm-driver:\t${this.device.version.name}\n` +
      `drm-client-id:\t${this.#clientId}\n${name}` +
      this.device.fdinfoLines +
      (showsMemory ? memoryLines(this.device.machine.release, this.handles.values()) : "");
  }

  override get offsetEnd(): bigint {
    return 1n << 64n; // FOP_UNSIGNED_OFFSET
  }
  override get mappable(): boolean {
    return true;
  }
  /** drm_gem_mmap(). */
  override mmap(request: MapRequest): VmArea | number {
    if (this.device.unplugged) return -errno.ENODEV;
    const object = this.device.offsets.find(request.offset);
    if (this.device.offsets.isOwn(request.offset, request.length)) return -errno.EACCES;
    if (object === null || request.length > object.bytes) return -errno.EINVAL;
    if (!this.holds(object)) return -errno.EACCES;
    return object.mmap(request, this);
  }

  /** Whether a handle of this file names the object (drm_vma_node_is_allowed()). */
  holds(object: GemObject): boolean {
    for (const held of this.handles.values()) if (held === object) return true;
    return false;
  }

  /** drm_gem_object_lookup(); no reference is taken. */
  lookup(handle: number): GemObject | null {
    return this.handles.get(handle) ?? null;
  }

  override deviceObject(handle: number): GemObject | null {
    return this.lookup(handle);
  }

  /** drm_gem_handle_create(): the lowest free number from 1 on, or -errno. */
  createHandle(object: GemObject): number {
    let handle = this.#lowestFree;
    while (this.handles.has(handle)) handle++;
    this.#lowestFree = handle + 1;
    // One reference for all handles together, as in the kernel.
    if (object.handleCount++ === 0) object.get();
    this.handles.set(handle, object);
    const opened = object.open(this);
    if (opened < 0) {
      this.handles.delete(handle);
      this.#lowestFree = handle;
      this.#dropHandle(object);
      return opened;
    }
    return handle;
  }

  /** drm_gem_handle_delete(): false where there is no such handle. */
  closeHandle(handle: number): boolean {
    const object = this.handles.get(handle);
    if (object === undefined) return false;
    object.close(this);
    this.#removePrime(handle);
    this.handles.delete(handle);
    this.#lowestFree = Math.min(this.#lowestFree, handle);
    this.#dropHandle(object);
    return true;
  }

  #dropHandle(object: GemObject): void {
    if (--object.handleCount > 0) return;
    if (object.flinkName !== 0) {
      this.device.flinkNames.delete(object.flinkName);
      object.flinkName = 0;
    }
    // drm_gem_object_exported_dma_buf_free(): the object lets go of its dma-buf.
    const { dmaBuf } = object;
    object.dmaBuf = null;
    dmaBuf?.put();
    object.put();
  }

  /** drm_prime_add_buf_handle(): takes its own reference. */
  addPrime(dmaBuf: DmaBuf, handle: number): void {
    this.#prime.push({ dmaBuf: dmaBuf.get(), handle });
  }
  #removePrime(handle: number): void {
    const gone = this.#prime.filter((entry) => entry.handle === handle);
    this.#prime = this.#prime.filter((entry) => entry.handle !== handle);
    for (const { dmaBuf } of gone) dmaBuf.put();
  }
  /** The handle that a dma-buf has in this file, or null. */
  handleOf(dmaBuf: DmaBuf): number | null {
    return this.#prime.find((entry) => entry.dmaBuf === dmaBuf)?.handle ?? null;
  }
  /** The dma-buf that a handle was exported as or imported from in this file, or null. */
  dmaBufOf(handle: number): DmaBuf | null {
    return this.#prime.find((entry) => entry.handle === handle)?.dmaBuf ?? null;
  }
}
