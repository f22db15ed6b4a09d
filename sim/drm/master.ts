import type { DrmFile } from "./drm_file.ts";

/** A DRM master: who may set modes, and whom it has authenticated (drm_auth.c). */
export class Master {
  /** The bus name that SET_VERSION ties it to, for GET_UNIQUE. */
  unique = "";
  /** Files that asked for a magic number, from 1; null: authenticated already. */
  readonly magics = new Map<number, DrmFile | null>();

  /** idr_alloc() of drm_getmagic(): the lowest number from 1 that no file has. */
  giveMagic(file: DrmFile): number {
    let magic = 1;
    while (this.magics.has(magic)) magic++;
    this.magics.set(magic, file);
    return magic;
  }
}
