/**
 * A private buffer stays in the process.
 *
 * @module
 */
import { errno, errnoName } from "../ffi/errno.ts";
import type { Entry } from "./_entry.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "export-of-private",
  severity: "warning",
  profile: "kernel",
  summary: "A buffer that belongs to one VM alone is not exported.",
  why: "Private buffers share the VM's reservation object and may be cached without hooks, since " +
    "nobody else ever sees them. A kernel refuses the export, so that a program that counts on it " +
    "stops there: a warning. Where the export succeeds, the promise of a private buffer is gone: " +
    "an error.",
  source: "include/uapi/drm/panthor_drm.h, drm_panthor_bo_create.exclusive_vm_id: the buffer " +
    "can't be exported. Boris Brezillon and Faith Ekstrand build on it, dri-devel, 17 Oct 2025 " +
    '("drm/panfrost, panthor: Cached maps and explicit flushing" v4): what cannot leave may be ' +
    "cached.",
  enforced: "yes",
  kernel: "Enforced: EINVAL from panthor since the first version (6.10), EPERM from xe, amdgpu " +
    "(VM_ALWAYS_VALID), msm and nouveau (NO_SHARE), and from powervr for what is the firmware's (PM_FW_PROTECT; since " +
    "December 2025, 6.12 included). panfrost has no private buffers.",
  fix: "Decide at creation: what shall leave is made without --private, and without --cached:\n" +
    "  boctl create --size 4KiB --as bo1\n" +
    "  boctl export bo1 --rdwr --as db1",
  watch(report): Watch {
    const created = new Map<string, Entry<"create">>();
    return {
      take(event): void {
        if (event.kind === "create") {
          created.delete(event.buffer);
          if (event.private) created.set(event.buffer, event);
        }
        if (event.kind === "import") created.delete(event.buffer);
        if (event.kind === "close" && event.what === "buffer") created.delete(event.name);
        const refused = event.kind === "refused" && event.what === "export" &&
          event.private === true && (event.errno === errno.EINVAL || event.errno === errno.EPERM);
        if (refused) {
          const made = created.get(event.of);
          report({
            message: `The export of ${event.of}, which is private, was refused with ` +
              errnoName(event.errno),
            at: event.at,
            events: [...(made === undefined ? [] : [made.seq]), event.seq],
          });
        }
        if (event.kind !== "export") return;
        const made = created.get(event.buffer);
        if (made === undefined) return;
        report({
          message: `Export ${event.dmaBuf} lets ${event.buffer} leave the process although it is ` +
            `private`,
          at: event.at,
          events: [made.seq, event.seq],
          severity: "error",
        });
      },
    };
  },
};
