/**
 * Masters, magic numbers and bus names (drm_auth.c, drm_ioctl.c), and the calls of old that do
 * nothing any more.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { copyOut } from "../user_memory.ts";
import type { DrmFile } from "./drm_file.ts";
import { type DrmIoctl, drmIoctl, type Permission, PRIMARY_ONLY } from "./ioctl.ts";
import { Master } from "./master.ts";

const { ioctls } = drm;

/** DRM_IF_MAJOR and DRM_IF_MINOR. */
const INTERFACE = { major: 1, minor: 4 };
const MASTER: Permission = { master: true };

const getUnique = drmIoctl(ioctls.GET_UNIQUE, PRIMARY_ONLY, (file, args) => {
  const name = new TextEncoder().encode(file.master?.unique ?? "");
  const length = BigInt(name.length);
  if (args.unique_len >= length && !copyOut(args.unique, name)) return -errno.EFAULT;
  args.unique_len = length;
  return 0;
});

const getMagic = drmIoctl(ioctls.GET_MAGIC, PRIMARY_ONLY, (file, args) => {
  if (file.magic === 0 && file.master !== null) {
    file.magic = file.master.giveMagic(file);
  }
  args.magic = file.magic;
  return 0;
});

const authMagic = drmIoctl(ioctls.AUTH_MAGIC, MASTER, (file, args) => {
  const magics = file.master?.magics;
  const asked = magics?.get(args.magic) ?? null;
  if (magics === undefined || asked === null) return -errno.EINVAL;
  asked.authenticated = true;
  magics.set(args.magic, null);
  return 0;
});

/** Bus names of PCI devices carry their kind; others are the device's name. */
function busName(file: DrmFile): string {
  const leaf = file.device.name.split("/").at(-1) ?? file.device.name;
  return /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d$/.test(leaf) ? `pci:${leaf}` : leaf;
}

const setVersion = drmIoctl(ioctls.SET_VERSION, MASTER, (file, args) => {
  const { major, minor } = file.device.version;
  const between = (value: number, most: number): boolean => value >= 0 && value <= most;
  let result = 0;
  if (args.drm_di_major !== -1) {
    const known = args.drm_di_major === INTERFACE.major &&
      between(args.drm_di_minor, INTERFACE.minor);
    if (!known) result = -errno.EINVAL;
    else if (args.drm_di_minor >= 1 && file.master !== null) file.master.unique = busName(file);
  }
  if (result === 0 && args.drm_dd_major !== -1) {
    const known = args.drm_dd_major === major && between(args.drm_dd_minor, minor);
    if (!known) result = -errno.EINVAL;
  }
  args.drm_di_major = INTERFACE.major;
  args.drm_di_minor = INTERFACE.minor;
  args.drm_dd_major = major;
  args.drm_dd_minor = minor;
  return result;
});

/** drm_master_check_perm(). */
function mayMaster(file: DrmFile): boolean {
  return file.wasMaster || file.device.machine.uid === 0;
}

const setMaster: DrmIoctl = {
  code: ioctls.SET_MASTER.code,
  permission: PRIMARY_ONLY,
  run(file): number {
    if (!mayMaster(file)) return -errno.EACCES;
    if (file.isCurrentMaster) return 0;
    if (file.device.master !== null) return -errno.EBUSY;
    if (file.master === null) return -errno.EINVAL;
    file.becomeMaster(file.isMaster ? file.master : new Master());
    return 0;
  },
};

const dropMaster: DrmIoctl = {
  code: ioctls.DROP_MASTER.code,
  permission: PRIMARY_ONLY,
  run(file): number {
    if (!mayMaster(file)) return -errno.EACCES;
    if (!file.isCurrentMaster) return -errno.EINVAL;
    file.device.master = null;
    return 0;
  },
};

/** drm_getclient(), hollowed out: whether the caller is authenticated is all that it tells. */
const getClient: DrmIoctl = {
  code: 0xc028_6405,
  permission: PRIMARY_ONLY,
  run(file, { bytes }): number {
    const view = new DataView(bytes.buffer);
    if (view.getInt32(0, true) !== 0) return -errno.EINVAL;
    view.setInt32(4, file.authenticated ? 1 : 0, true);
    view.setBigUint64(8, 1n, true); // the process
    view.setBigUint64(16, 65_534n, true); // overflowuid
    view.setBigUint64(24, 0n, true);
    view.setBigUint64(32, 0n, true);
    return 0;
  },
};

/** drm_getstats(): all zero. */
const getStats: DrmIoctl = {
  code: 0x80f8_6406,
  permission: PRIMARY_ONLY,
  run(_file, { bytes }): number {
    bytes.fill(0);
    return 0;
  },
};

function noop(code: number, permission: Permission): DrmIoctl {
  return { code, permission, run: () => 0 };
}
const OLD: Permission = { auth: true, master: true, root: true };

/** The entries of the core's table. */
export const authIoctls: readonly DrmIoctl[] = [
  getUnique,
  getMagic,
  authMagic,
  setVersion,
  setMaster,
  dropMaster,
  getClient,
  getStats,
  { code: 0x4010_6410, permission: OLD, run: () => -errno.EINVAL }, // SET_UNIQUE
  noop(0xc004_6412, OLD), // BLOCK
  noop(0xc004_6413, OLD), // UNBLOCK
  noop(0xc004_6427, OLD), // ADD_DRAW
  noop(0xc004_6428, OLD), // RM_DRAW
  noop(0x4008_642c, { auth: true }), // FINISH
  noop(0x4018_643f, OLD), // UPDATE_DRAW
];
