import type { Caching } from "../memory/cache_model.ts";
import type { DrmDevice, DumbBuffer, DumbRequest } from "./device.ts";
import { createShmem } from "./shmem.ts";
import { TtmObject } from "./ttm.ts";

/**
 * A buffer of the VRAM helper (drm_gem_vram_helper.c over TTM): it has no pages to hand out, so
 * another device's attach is ENOSYS.
 */
export class VramObject extends TtmObject {
  override readonly caching: Caching = "write-combined";

  override get hasSgTable(): boolean {
    return false;
  }
}

/** drm_gem_vram_fill_create_dumb(): whole bytes a pixel. */
export function createVramDumb(
  device: DrmDevice,
  { width, height, bpp }: DumbRequest,
): DumbBuffer | number {
  const pitch = Math.imul(width, Math.ceil(bpp / 8)) >>> 0;
  const object = createShmem(
    device,
    BigInt(pitch) * BigInt(height),
    (bytes) => new VramObject(device, bytes),
  );
  if (typeof object === "number") return object;
  return { object, pitch, bytes: object.bytes };
}
