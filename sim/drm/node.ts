import type { DrmDevice } from "./device.ts";
import type { NodeKind } from "./drm_file.ts";

/** A DRM device node. */
export interface DrmNode {
  readonly device: DrmDevice;
  readonly kind: NodeKind;
  /** `/dev/dri/card0`. */
  readonly path: string;
  /** N of cardN, 128 + N of renderDN. The major is 226. */
  readonly minor: number;
}

/** DRM_MAJOR. */
export const DRM_MAJOR = 226;
