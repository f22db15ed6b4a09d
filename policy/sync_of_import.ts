/**
 * An import is synced through its dma-buf.
 *
 * @module
 */
import { errno, errnoName } from "../ffi/errno.ts";
import type { Entry } from "./_entry.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "sync-of-import",
  severity: "warning",
  profile: "kernel",
  summary: "An imported buffer is synced through its dma-buf, not by the importer's own call.",
  why: "The pages are the exporter's, which alone knows who else has them mapped and how. The " +
    "importer's sync refuses them, and a program that took the documentation at its word has " +
    "unsynced bytes from there on. A buffer of another device of the same driver is an import, too.",
  source: "panthor_gem_sync() in drivers/gpu/drm/panthor/panthor_gem.c and its like in panfrost " +
    "refuse. The comment on DRM_PANTHOR_BO_IS_IMPORTED in include/uapi/drm/panthor_drm.h says the " +
    "contrary: that such buffers are synced with BO_SYNC.",
  enforced: "yes",
  kernel:
    "Enforced: EINVAL from BO_SYNC since panthor 1.7 and SYNC_BO since panfrost 1.6 (not in " +
    "6.12, in 7.2).",
  fix: "Let the command choose, or say begin and end of the dma-buf; both are whole-buffer:\n" +
    "  boctl sync bo2 --for cpu --access r --whole\n" +
    "  boctl sync db1 --op begin --access r --whole",
  watch(report): Watch {
    const imports = new Map<string, Entry<"import">>();
    return {
      take(event): void {
        if (event.kind === "import") imports.set(event.buffer, event);
        if (event.kind === "close" && event.what === "buffer") imports.delete(event.name);
        const refused = event.kind === "refused" && event.what === "sync" &&
          event.imported === true &&
          event.errno === errno.EINVAL;
        if (!refused) return;
        const made = imports.get(event.of);
        report({
          message: `A sync of ${event.of} by ${event.device ?? "its device"}'s own call was ` +
            `refused with ${errnoName(event.errno)}: it is an import` +
            (made === undefined ? "" : ` of ${made.dmaBuf}`),
          at: event.at,
          events: [...(made === undefined ? [] : [made.seq]), event.seq],
        });
      },
    };
  },
};
