import type { DrmFile } from "./drm_file.ts";

/** A DRM master: who may set modes, and whom it has authenticated (drm_auth.c). */
export class Master {
  /** The bus name that SET_VERSION ties it to, for GET_UNIQUE. */
  unique = "";
  /** Files that asked for a magic number, from 1; null: authenticated already. */
  readonly magics = new Map<number, DrmFile | null>();
}
