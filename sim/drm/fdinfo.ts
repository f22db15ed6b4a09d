import { atLeast, type Release } from "../release.ts";
import type { GemObject } from "./gem.ts";

/** A size as drm_fdinfo_print_size() writes it: in the largest unit that divides it. */
function size(bytes: number): string {
  if (bytes === 0 || bytes % 1024 !== 0) return `${bytes}`;
  const kib = bytes / 1024;
  return kib % 1024 === 0 ? `${kib / 1024} MiB` : `${kib} KiB`;
}

/**
 * The memory lines of a node's /proc/self/fdinfo entry (drm_show_memory_stats()). An object is shared
 * once it has a second handle or a dma-buf, so an export shows in the sum. States are told where an
 * object has them; 6.12 always tells what is active, and the rest once there is an object.
 */
export function memoryLines(release: Release, objects: Iterable<GemObject>): string {
  const sums = { total: 0, shared: 0, active: 0, resident: 0, purgeable: 0 };
  const told = new Set(["total", "shared"]);
  if (!atLeast(release, 6, 13)) told.add("active");
  for (const object of objects) {
    if (!atLeast(release, 6, 13)) told.add("resident").add("purgeable");
    const { bytes } = object;
    sums.total += bytes;
    if (object.handleCount > 1 || object.dmaBuf !== null) sums.shared += bytes;
    const busy = object.reservation.pending("all").length > 0;
    if (busy) {
      sums.active += object.residentBytes;
      told.add("active");
    }
    if (object.resident) {
      sums.resident += object.residentBytes;
      told.add("resident");
    }
    if (object.resident && object.purgeable && !busy) {
      sums.purgeable += object.residentBytes;
      told.add("purgeable");
    }
  }
  return Object.entries(sums)
    .filter(([name]) => told.has(name))
    .map(([name, bytes]) => `drm-${name}-memory:\t${size(bytes)}\n`)
    .join("");
}
