/**
 * Calls of drivers with shadow attachments (DRM_LEGACY), which no driver here is: refused by every
 * kernel with EINVAL, but while the table still lists them arguments are copied and permissions
 * looked at first (drm_ioctl.c of 6.1, drm_invalid_op()).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { type DrmIoctl, type Permission, PRIMARY_ONLY } from "./ioctl.ts";

/** The release whose table has them no more. */
const GONE = [6, 8] as const;

const AUTH: Permission = { auth: true };
const ROOT: Permission = { auth: true, master: true, root: true };

/** Request codes, whose size and direction say what is copied, and who may call. */
const table: readonly (readonly [code: number, permission: Permission])[] = [
  [0xc010_6403, { master: true, root: true }], // IRQ_BUSID
  [0xc028_6404, PRIMARY_ONLY], // GET_MAP
  [0x4008_6414, ROOT], // CONTROL
  [0xc028_6415, ROOT], // ADD_MAP
  [0xc020_6416, ROOT], // ADD_BUFS
  [0x4020_6417, ROOT], // MARK_BUFS
  [0xc010_6418, AUTH], // INFO_BUFS
  [0xc018_6419, AUTH], // MAP_BUFS
  [0x4010_641a, AUTH], // FREE_BUFS
  [0x4028_641b, AUTH], // RM_MAP
  [0x4010_641c, ROOT], // SET_SAREA_CTX
  [0xc010_641d, AUTH], // GET_SAREA_CTX
  [0xc008_6420, { auth: true, root: true }], // ADD_CTX
  [0xc008_6421, ROOT], // RM_CTX
  [0x4008_6422, ROOT], // MOD_CTX
  [0xc008_6423, AUTH], // GET_CTX
  [0x4008_6424, ROOT], // SWITCH_CTX
  [0x4008_6425, ROOT], // NEW_CTX
  [0xc010_6426, AUTH], // RES_CTX
  [0xc040_6429, AUTH], // DMA
  [0x4008_642a, AUTH], // LOCK
  [0x4008_642b, AUTH], // UNLOCK
  [0x0000_6430, ROOT], // AGP_ACQUIRE
  [0x0000_6431, ROOT], // AGP_RELEASE
  [0x4008_6432, ROOT], // AGP_ENABLE
  [0x8038_6433, AUTH], // AGP_INFO
  [0xc020_6434, ROOT], // AGP_ALLOC
  [0x4020_6435, ROOT], // AGP_FREE
  [0x4010_6436, ROOT], // AGP_BIND
  [0x4010_6437, ROOT], // AGP_UNBIND
  [0xc010_6438, ROOT], // SG_ALLOC
  [0x4010_6439, ROOT], // SG_FREE
];

/** The entries of the core's table. */
export const legacyIoctls: readonly DrmIoctl[] = [
  ...table.map(([code, permission]): DrmIoctl => ({
    code,
    permission,
    until: GONE,
    run: () => -errno.EINVAL,
  })),
  // MODESET_CTL: nothing to do for a driver of today, so it succeeds.
  { code: 0x4008_6408, permission: PRIMARY_ONLY, until: GONE, run: () => 0 },
];
