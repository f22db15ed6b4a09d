import type { GemObject } from "./gem.ts";

/** What a file's buffers add up to, in bytes. */
interface MemoryStats {
  total: number;
  shared: number;
  resident: number;
  purgeable: number;
}

/** A size as drm_fdinfo_print_size() writes it: in the largest unit that divides it. */
function size(bytes: number): string {
  if (bytes === 0 || bytes % 1024 !== 0) return `${bytes}`;
  const kib = bytes / 1024;
  return kib % 1024 === 0 ? `${kib / 1024} MiB` : `${kib} KiB`;
}

/**
 * The memory lines of a node's /proc/self/fdinfo entry (drm_show_memory_stats()). An object is shared
 * once it has a second handle or a dma-buf, so an export shows in the sum.
 */
export function memoryLines(objects: Iterable<GemObject>): string {
  const stats: MemoryStats = { total: 0, shared: 0, resident: 0, purgeable: 0 };
  for (const object of objects) {
    stats.total += object.bytes;
    if (object.handleCount > 1 || object.dmaBuf !== null) stats.shared += object.bytes;
    if (object.imported || object.memory.populated) stats.resident += object.bytes;
    if (object.purgeable) stats.purgeable += object.bytes;
  }
  return `drm-total-memory:\t${size(stats.total)}\n` +
    `drm-shared-memory:\t${size(stats.shared)}\n` +
    `drm-active-memory:\t0\n` +
    `drm-resident-memory:\t${size(stats.resident)}\n` +
    `drm-purgeable-memory:\t${size(stats.purgeable)}\n`;
}
