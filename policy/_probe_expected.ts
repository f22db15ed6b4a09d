/**
 * What the probes see on faithful kernels, as `probeTable()` puts it: what tests hold simulated
 * boards and live machines to.
 *
 * @module
 */
/** What is not there to be asked about. */
export const none = "not-applicable";
const one = "one handle for both imports, and its second GEM_CLOSE is EINVAL";
const whole = "consistent with maintenance of the whole buffer";
const flat = "consistent with a cost that does not depend on the size";
const redirected = "allowed: redirected to the exporter";

/** What wants an export, or DRM's handles. */
const leavingIt: ReadonlySet<string> = new Set([
  "access-outside-bracket",
  "begin-moves-nothing",
  "bracket-direction-mismatch",
  "bracket-flags",
  "bracket-is-whole",
  "cached-export",
  "cached-not-private",
  "contradictory-flags",
  "end-before-begin",
  "exporter-hooks",
  "late-rdwr",
  "overlapping-brackets",
  "private-export",
  "same-handle",
  "sync-does-not-wait",
  "writable-map-of-read-only-export",
]);

/** What every exporter of the boards answers alike. */
const common = {
  "access-outside-bracket": "allowed",
  "begin-moves-nothing": "cannot-be-told",
  "bracket-direction-mismatch": "allowed",
  "bracket-flags": "refused (EINVAL)",
  "caching-by-read-time": "cannot-be-told",
  "end-before-begin": "allowed",
  "overlapping-brackets": "allowed",
  "writable-map-of-read-only-export": "refused (EACCES)",
};

/** panthor with cached maps (1.7 and later), not coherent. */
export const panthor = {
  ...common,
  "bracket-is-whole": whole,
  "cached-buffer": "allowed",
  "cached-export": "allowed",
  "cached-not-private": "allowed",
  "contradictory-flags": "refused (EINVAL)",
  "exporter-hooks": "exporter panthor: begin and end maintain caches",
  "import-mapped-through-node": redirected,
  "late-rdwr": "the second export is the same read-only dma-buf",
  "private-export": "refused (EINVAL)",
  "read-only-written-through-importer": "allowed",
  "same-handle": one,
  "sync-does-not-wait": "it returned while the fence was pending",
  "sync-of-import": "refused (EINVAL)",
  "sync-of-too-many": "refused (ENOMEM)",
  "sync-of-write-combined": "allowed",
  "sync-out-of-range": "refused (EINVAL)",
  "sync-range-exact": "consistent with a range that is exact",
  "sync-when-coherent": none,
};

/** Without a sync call: the driver has none, or is too old for it. */
const noSync = {
  "sync-does-not-wait": none,
  "sync-of-import": none,
  "sync-of-too-many": none,
  "sync-of-write-combined": none,
  "sync-out-of-range": none,
  "sync-range-exact": none,
  "sync-when-coherent": none,
};

/** panthor before cached maps (6.12). */
export const beforeCachedMaps = {
  ...panthor,
  ...noSync,
  "bracket-is-whole": flat,
  "cached-buffer": "refused (EINVAL)",
  "cached-export": none,
  "cached-not-private": none,
  "exporter-hooks": "exporter drm: the generic helper, begin and end only wait",
};

/** What a coherent device has otherwise. */
export const coherent = {
  "bracket-is-whole": flat,
  "sync-of-write-combined": none,
  "sync-range-exact": none,
  "sync-when-coherent": "allowed",
};

/** panfrost with cached maps (1.6 and later), not coherent. */
export const panfrost = {
  ...panthor,
  "cached-not-private": none,
  "exporter-hooks": "exporter panfrost: begin and end maintain caches",
  "private-export": none,
};

/** Dumb buffers, on a device that imports through the shmem helper. */
export const vgem = {
  ...beforeCachedMaps,
  "cached-buffer": none,
  "contradictory-flags": none,
  "import-mapped-through-node": "refused (EINVAL)",
  "private-export": none,
  "read-only-written-through-importer": "refused (EINVAL)",
};

/** What a device has otherwise that takes no foreign buffer. */
export const takesNoImport = {
  "import-mapped-through-node": none,
  "read-only-written-through-importer": none,
  "same-handle": none,
};

/** The system heap. */
export const heap = {
  ...vgem,
  ...takesNoImport,
  "begin-moves-nothing": none,
  "contradictory-flags": "refused (EINVAL)",
  "exporter-hooks": "exporter system: begin and end maintain caches",
  "late-rdwr": none,
};

/** etnaviv: caches by handle alone, no private buffers, the generic helper exports. */
export const etnaviv = {
  ...panfrost,
  ...noSync,
  "bracket-is-whole": flat,
  "contradictory-flags": none,
  "exporter-hooks": "exporter drm: the generic helper, begin and end only wait",
};

/** msm since it has an exporter's name of its own: no cache work, imports mapped by itself. */
export const msm = {
  ...etnaviv,
  "cached-not-private": "allowed",
  "exporter-hooks": "exporter msm: its own code without hooks for caches, begin and end only wait",
  "import-mapped-through-node": "allowed: by the importer itself, behind the exporter's back",
  "private-export": "refused (EPERM)",
};

/** msm on 6.12: the generic helper exports. */
export const oldMsm = { ...msm, "exporter-hooks": etnaviv["exporter-hooks"] };

/** v3d and lima: always write-combined. */
export const writeCombined = {
  ...etnaviv,
  "cached-buffer": none,
  "cached-export": none,
};

/** vc4, which maps imports itself. */
export const vc4 = {
  ...writeCombined,
  "import-mapped-through-node": msm["import-mapped-through-node"],
};

/** amdgpu and xe, coherent. */
export function movesAtBegin(driver: string): Readonly<Record<string, string>> {
  return {
    ...msm,
    "exporter-hooks":
      `exporter drm: ${driver}'s begin may move the buffer, and no cache is touched`,
    "import-mapped-through-node":
      "allowed: by the importer itself, behind the exporter's back, and SIGBUS at the first touch",
    "read-only-written-through-importer": "cannot-be-told",
  };
}

/** kbase: nothing leaves it. */
export const kbase = Object.fromEntries(
  Object.entries({
    ...panthor,
    "sync-of-import": "allowed",
    "sync-of-too-many": none,
  }).map(([id, answer]) => [id, leavingIt.has(id) ? none : answer]),
);

/** panfrost before cached maps (6.12). */
export const oldPanfrost = {
  ...beforeCachedMaps,
  "cached-not-private": none,
  "private-export": none,
};

/** virtio_gpu, which imports its own buffers only. */
export const virtioGpu = {
  ...vgem,
  ...takesNoImport,
  "cached-buffer": "allowed",
  "exporter-hooks":
    "exporter virtio_gpu: its own code without hooks for caches, begin and end only wait",
};

/** udmabuf. */
export const udmabuf = {
  ...heap,
  "end-before-begin": "refused (EINVAL)",
  "exporter-hooks": "exporter udmabuf: begin and end maintain caches",
  "writable-map-of-read-only-export": none,
};
