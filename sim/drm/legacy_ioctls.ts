/**
 * Calls of drivers with shadow attachments (DRM_LEGACY), which no driver here is: refused by every
 * kernel, but while the table still lists them a render node refuses them first.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { type DrmIoctl, PRIMARY_ONLY } from "./ioctl.ts";

/** The release whose table has them no more. */
const GONE = [6, 8] as const;

const numbers = [
  ...[0x03, 0x04, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d],
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x29, 0x2a, 0x2b],
  ...[0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39],
];

/** The entries of the core's table, as root meets them. */
export const legacyIoctls: readonly DrmIoctl[] = [
  ...numbers.map((code): DrmIoctl => ({
    code,
    permission: PRIMARY_ONLY,
    until: GONE,
    run: () => -errno.EINVAL,
  })),
  // MODESET_CTL: nothing to do for a driver of today, so it succeeds.
  { code: 0x08, permission: PRIMARY_ONLY, until: GONE, run: () => 0 },
];
