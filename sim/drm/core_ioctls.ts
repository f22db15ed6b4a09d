/**
 * The DRM core's own ioctls: drm_ioctl.c, drm_gem.c, drm_dumb_buffers.c. Mode setting is not
 * simulated: EOPNOTSUPP, which is also what a driver without it answers.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { atLeast } from "../release.ts";
import { copyIn, copyOut, type UserPointer } from "../user_memory.ts";
import { authIoctls } from "./auth_ioctls.ts";
import { ioctlTable } from "./device.ts";
import { checkDumb, createDumb, mapDumb } from "./dumb.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl, PRIMARY_ONLY } from "./ioctl.ts";
import { legacyIoctls } from "./legacy_ioctls.ts";
import { primeFdToHandle, primeHandleToFd } from "./prime.ts";
import { syncobjIoctls } from "./syncobj.ts";

const { ioctls } = drm;

/** drm_copy_field(): as much of the text as fits, no NUL; returns the text's length, or -errno. */
function copyField(pointer: UserPointer, capacity: bigint, text: string): bigint | number {
  const bytes = new TextEncoder().encode(text);
  const fits = capacity < BigInt(bytes.length) ? Number(capacity) : bytes.length;
  if (pointer !== 0n && !copyOut(pointer, bytes.subarray(0, fits))) return -errno.EFAULT;
  return BigInt(bytes.length);
}

/** The driver's date is deprecated, but user space expects a text (drm_version()). */
const NO_DATE = "0";

const version = drmIoctl(ioctls.VERSION, ANY_NODE, (file, args) => {
  const driver = file.device.version;
  args.version_major = driver.major;
  args.version_minor = driver.minor;
  args.version_patchlevel = driver.patchlevel;
  const name = copyField(args.name, args.name_len, driver.name);
  if (typeof name === "number") return name;
  args.name_len = name;
  const old = !atLeast(file.device.machine.release, 6, 12);
  const date = old ? driver.oldDate ?? NO_DATE : NO_DATE;
  const dated = copyField(args.date, args.date_len, date);
  if (typeof dated === "number") return dated;
  args.date_len = dated;
  const description = copyField(args.desc, args.desc_len, driver.description);
  if (typeof description === "number") return description;
  args.desc_len = description;
  return 0;
});

const CAP = {
  DUMB_BUFFER: 1n,
  VBLANK_HIGH_CRTC: 2n,
  DUMB_PREFERRED_DEPTH: 3n,
  DUMB_PREFER_SHADOW: 4n,
  PRIME: 5n,
  TIMESTAMP_MONOTONIC: 6n,
  ASYNC_PAGE_FLIP: 7n,
  CURSOR_WIDTH: 8n,
  CURSOR_HEIGHT: 9n,
  ADDFB2_MODIFIERS: 0x10n,
  PAGE_FLIP_TARGET: 0x11n,
  CRTC_IN_VBLANK_EVENT: 0x12n,
  SYNCOBJ: 0x13n,
  SYNCOBJ_TIMELINE: 0x14n,
  ATOMIC_ASYNC_PAGE_FLIP: 0x15n,
} as const;

const getCap = drmIoctl(ioctls.GET_CAP, ANY_NODE, (file, args) => {
  const { device } = file;
  const { features } = device;
  args.value = 0n;
  switch (args.capability) {
    case CAP.TIMESTAMP_MONOTONIC:
      args.value = 1n;
      return 0;
    case CAP.PRIME:
      args.value = device.prime ? 3n : 0n;
      return 0;
    case CAP.SYNCOBJ:
      args.value = features.syncobj ? 1n : 0n;
      return 0;
    case CAP.SYNCOBJ_TIMELINE:
      args.value = features.syncobjTimeline ? 1n : 0n;
      return 0;
  }
  // So GET_CAP(DUMB_BUFFER) of vgem fails although vgem makes dumb buffers.
  const { kms } = features;
  if (kms === null) return -errno.EOPNOTSUPP;
  switch (args.capability) {
    case CAP.DUMB_BUFFER:
      args.value = device.createDumb !== null ? 1n : 0n;
      return 0;
    case CAP.VBLANK_HIGH_CRTC:
    case CAP.CRTC_IN_VBLANK_EVENT:
      args.value = 1n;
      return 0;
    case CAP.ADDFB2_MODIFIERS:
      args.value = kms.modifiers ? 1n : 0n;
      return 0;
    case CAP.DUMB_PREFERRED_DEPTH:
      args.value = BigInt(kms.preferredDepth);
      return 0;
    case CAP.CURSOR_WIDTH:
    case CAP.CURSOR_HEIGHT:
      args.value = 64n;
      return 0;
    case CAP.DUMB_PREFER_SHADOW:
      return 0;
    case CAP.ASYNC_PAGE_FLIP:
      args.value = kms.asyncPageFlip === true ? 1n : 0n;
      return 0;
    case CAP.PAGE_FLIP_TARGET:
      // No CRTC here has a page_flip_target operation.
      args.value = kms.noCrtc === true ? 1n : 0n;
      return 0;
    case CAP.ATOMIC_ASYNC_PAGE_FLIP:
      if (!atLeast(device.machine.release, 6, 8)) return -errno.EINVAL;
      args.value = kms.asyncPageFlip === true && features.atomic ? 1n : 0n;
      return 0;
    default:
      return -errno.EINVAL;
  }
});

const CLIENT_CAP = {
  STEREO_3D: 1n,
  UNIVERSAL_PLANES: 2n,
  ATOMIC: 3n,
  ASPECT_RATIO: 4n,
  WRITEBACK_CONNECTORS: 5n,
  CURSOR_PLANE_HOTSPOT: 6n,
  PLANE_COLOR_PIPELINE: 7n,
} as const;

const setClientCap = drmIoctl(ioctls.SET_CLIENT_CAP, PRIMARY_ONLY, (file, args) => {
  const { features } = file.device;
  if (features.kms === null) return -errno.EOPNOTSUPP;
  switch (args.capability) {
    case CLIENT_CAP.STEREO_3D:
    case CLIENT_CAP.UNIVERSAL_PLANES:
    case CLIENT_CAP.ASPECT_RATIO:
      return args.value > 1n ? -errno.EINVAL : 0;
    case CLIENT_CAP.ATOMIC:
      if (!features.atomic) return -errno.EOPNOTSUPP;
      if (args.value > 2n) return -errno.EINVAL;
      file.atomic = args.value !== 0n;
      return 0;
    case CLIENT_CAP.CURSOR_PLANE_HOTSPOT:
      if (!atLeast(file.device.machine.release, 6, 8)) return -errno.EINVAL;
      if (!features.cursorHotspot) return -errno.EOPNOTSUPP;
      return !file.atomic || args.value > 1n ? -errno.EINVAL : 0;
    case CLIENT_CAP.WRITEBACK_CONNECTORS:
      return !file.atomic || args.value > 1n ? -errno.EINVAL : 0;
    case CLIENT_CAP.PLANE_COLOR_PIPELINE:
      // Known since 6.19; no driver here has one.
      if (!atLeast(file.device.machine.release, 6, 19)) return -errno.EINVAL;
      return !file.atomic || args.value > 1n ? -errno.EINVAL : -errno.EOPNOTSUPP;
    default:
      return -errno.EINVAL;
  }
});

const gemClose = drmIoctl(
  ioctls.GEM_CLOSE,
  ANY_NODE,
  (file, args) => file.closeHandle(args.handle) ? 0 : -errno.EINVAL,
);

const AUTHENTICATED = { auth: true } as const;

const gemFlink = drmIoctl(ioctls.GEM_FLINK, AUTHENTICATED, (file, args) => {
  const object = file.lookup(args.handle);
  if (object === null) return -errno.ENOENT;
  if (object.flinkName === 0) {
    const { flinkNames } = file.device;
    let name = 1;
    while (flinkNames.has(name)) name++;
    flinkNames.set(name, object);
    object.flinkName = name;
  }
  args.name = object.flinkName;
  return 0;
});

const gemOpen = drmIoctl(ioctls.GEM_OPEN, AUTHENTICATED, (file, args) => {
  const object = file.device.flinkNames.get(args.name);
  if (object === undefined) return -errno.ENOENT;
  const handle = file.createHandle(object);
  if (handle < 0) return handle;
  args.handle = handle;
  args.size = BigInt(object.bytes);
  return 0;
});

const handleToFd = drmIoctl(ioctls.PRIME_HANDLE_TO_FD, ANY_NODE, (file, args) => {
  const fd = primeHandleToFd(file, args.handle, args.flags);
  if (fd < 0) return fd;
  args.fd = fd;
  return 0;
});

const fdToHandle = drmIoctl(ioctls.PRIME_FD_TO_HANDLE, ANY_NODE, (file, args) => {
  const handle = primeFdToHandle(file, args.fd);
  if (handle < 0) return handle;
  args.handle = handle;
  return 0;
});

const modeCreateDumb = drmIoctl(ioctls.MODE_CREATE_DUMB, PRIMARY_ONLY, (file, args) => {
  const refused = checkDumb(file.device, args);
  // What goes out is cleared before the driver is asked; since 6.19 after any failure.
  if (refused === 0 || atLeast(file.device.machine.release, 6, 19)) {
    args.handle = args.pitch = 0;
    args.size = 0n;
  }
  if (refused < 0) return refused;
  const made = createDumb(file.device, file, args);
  if (typeof made === "number") {
    if (atLeast(file.device.machine.release, 6, 19)) args.size = 0n;
    return made;
  }
  args.handle = made.handle;
  args.pitch = made.pitch;
  args.size = BigInt(made.bytes);
  return 0;
});

const modeMapDumb = drmIoctl(ioctls.MODE_MAP_DUMB, PRIMARY_ONLY, (file, args) => {
  const offset = mapDumb(file.device, file, args.handle);
  if (typeof offset === "number") return offset;
  args.offset = offset;
  return 0;
});

const modeDestroyDumb = drmIoctl(ioctls.MODE_DESTROY_DUMB, PRIMARY_ONLY, (file, args) => {
  if (file.device.createDumb === null) return -errno.ENOSYS;
  return file.closeHandle(args.handle) ? 0 : -errno.EINVAL;
});

/** DRM_CLIENT_NAME_MAX_LEN. */
const CLIENT_NAME_BYTES = 64n;

const setClientName = drmIoctl(ioctls.SET_CLIENT_NAME, ANY_NODE, (file, args) => {
  if (args.name_len > CLIENT_NAME_BYTES) return -errno.EINVAL;
  const block = copyIn(args.name, Number(args.name_len));
  if (block === null) return -errno.EFAULT;
  // isgraph(): no space, nothing unprintable, no NUL.
  if (block.bytes.some((byte) => byte <= 0x20 || byte >= 0x7f)) return -errno.EINVAL;
  file.clientName = new TextDecoder().decode(block.bytes);
  return 0;
});

const gemChangeHandle = drmIoctl(
  ioctls.GEM_CHANGE_HANDLE,
  ANY_NODE,
  // Routed to the invalid-op stub since mid-2026; before 6.18 the slot is empty.
  () => -errno.EINVAL,
);

function unsimulated(
  number: number,
  permission: DrmIoctl["permission"],
): DrmIoctl {
  return { code: number, permission, run: () => -errno.EOPNOTSUPP };
}

/** Mode setting, by number: what works on any primary node, and what only its master may. */
const modeNumbers = [
  ...[
    0x3a,
    0x3b,
    0x3c,
    0xa0,
    0xa1,
    0xa4,
    0xa6,
    0xa7,
    0xaa,
    0xac,
    0xad,
    0xae,
    0xaf,
    0xb1,
    0xb5,
    0xb6,
    0xb8,
    0xb9,
    0xbd,
  ],
  0xbe,
];
/** MODE_ATTACHMODE and MODE_DETACHMODE, of old: nothing, with success (drm_noop()). */
const modeNoops = [0xa8, 0xa9];
const masterNumbers = [
  0xa2,
  0xa3,
  0xa5,
  0xab,
  0xb0,
  0xb7,
  0xba,
  0xbb,
  0xbc,
  0xc6,
  0xc7,
  0xc8,
  0xc9,
];

/** MODE_GETFB2: of all mode setting the one that is EINVAL without modes. */
const getFb2: DrmIoctl = {
  code: 0xce,
  permission: PRIMARY_ONLY,
  run: (file) => file.device.features.kms === null ? -errno.EINVAL : -errno.EOPNOTSUPP,
};

/** The core's table, by number. */
export const coreIoctls: ReadonlyMap<number, DrmIoctl> = ioctlTable(
  ...modeNumbers.map((number) => unsimulated(number, PRIMARY_ONLY)),
  ...masterNumbers.map((number) => unsimulated(number, { master: true })),
  ...modeNoops.map((code): DrmIoctl => ({ code, permission: PRIMARY_ONLY, run: () => 0 })),
  getFb2,
  { ...unsimulated(0xd0, PRIMARY_ONLY), since: [6, 8] }, // MODE_CLOSEFB
  ...legacyIoctls,
  ...authIoctls,
  version,
  getCap,
  setClientCap,
  gemClose,
  gemFlink,
  gemOpen,
  handleToFd,
  fdToHandle,
  modeCreateDumb,
  modeMapDumb,
  modeDestroyDumb,
  { ...setClientName, since: [6, 13] },
  { ...gemChangeHandle, since: [6, 18] },
  ...syncobjIoctls,
);
