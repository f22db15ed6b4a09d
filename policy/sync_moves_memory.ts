/**
 * A sync is cache maintenance and moves nothing.
 *
 * @module
 */
import { callText } from "./_maintenance.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "sync-moves-memory",
  severity: "warning",
  profile: "threads",
  summary: "A sync, a begin and an end do cache maintenance: they do not migrate the buffer.",
  why:
    "APIs of today map a buffer once and work on it from both sides. A begin that moves it makes " +
    "each CPU access cost a copy of all of it, there and back with the next job, and it cannot be " +
    "done while a job runs. Where memory must move to be accessible, that belongs to the mmap, or " +
    "the mmap is refused. It is the kernel that breaks this rule; told once for each name.",
  source: 'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    'explicit flushing" v4): "If the BO needs to be migrated in order to be accessed from the ' +
    'CPU, that needs to happen on map, not on some sort of begin/end." A sync that may migrate ' +
    "is antithetical with Vulkan.",
  enforced: "in part",
  kernel: "Kept by BO_SYNC of panthor (1.7) and SYNC_BO of panfrost (1.6; both not in 6.12, in " +
    "7.2). Not kept by the begin for reading of dma-bufs up to 7.3: xe moves what may be in system " +
    "memory there, amdgpu only USWC buffers, on APUs. Only the simulator counts pages.",
  fix: "Sync exact ranges by the driver's own call where it has one, without a begin:\n" +
    "  boctl sync bo1 --range 0:64 --for cpu --access r",
  watch(report): Watch {
    const told = new Map<string, Set<string>>();
    return {
      take(event): void {
        if (event.kind === "create") told.delete(event.memory);
        if (event.kind !== "sync" && event.kind !== "bracket") return;
        const pages = event.books?.pagesMoved ?? 0;
        if (pages === 0) return;
        const name = event.kind === "sync" ? event.of : event.dmaBuf;
        const names = told.get(event.memory) ?? new Set<string>();
        told.set(event.memory, names);
        if (names.has(name)) return;
        names.add(name);
        report({
          message: `${callText(event)} moved ${pages} ` +
            `${pages === 1 ? "page" : "pages"} of the buffer`,
          at: event.at,
          events: [event.seq],
        });
      },
      gone: (memory) => void told.delete(memory),
    };
  },
};
