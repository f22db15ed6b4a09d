/**
 * On panthor, cached implies private.
 *
 * @module
 */
import type { Entry } from "./_entry.ts";
import type { Finding, Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "cached-not-private",
  severity: "note",
  profile: "threads",
  summary: "On panthor a buffer with cached maps is private (has an exclusive VM).",
  why: "A private buffer cannot be exported, so the kernel itself keeps its lack of coherency in " +
    "the process. A cached buffer that is not private may be exported by accident later; " +
    "cached-export reports the ones that are, this rule the ones that stayed at home.",
  source:
    'Boris Brezillon, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and explicit ' +
    'flushing" v4). The formula in that mail, "!WB_MMAP || !PRIVATE", has a slip: taken ' +
    "literally it forbids cached maps to private buffers. What the text around it asks for is " +
    "WB_MMAP implies PRIVATE, !WB_MMAP || PRIVATE. panfrost has no notion of a private buffer.",
  enforced: "no",
  kernel: "Not enforced up to 7.3: BO_CREATE takes WB_MMAP with exclusive_vm_id 0. Enforced is " +
    "that a private buffer is not exported (EINVAL), since the first panthor. Mesa's panvk keeps " +
    "the rule.",
  fix: "Say that the buffer is private, or leave --cached out:\n" +
    "  boctl create --size 4KiB --cached --private --as bo1",
  watch(report): Watch {
    const devices = new Map<string, Entry<"open">>();
    const suspects = new Map<string, Finding>();
    const tell = (buffer: string): void => {
      const finding = suspects.get(buffer);
      suspects.delete(buffer);
      if (finding !== undefined) report(finding);
    };
    return {
      take(event): void {
        if (event.kind === "open") devices.set(event.device, event);
        // Another of that name: the one before stayed at home.
        if (event.kind === "import") tell(event.buffer);
        if (event.kind === "export") suspects.delete(event.buffer);
        if (event.kind === "close" && event.what === "buffer") tell(event.name);
        if (event.kind !== "create") return;
        tell(event.buffer);
        const device = devices.get(event.device);
        if (device?.driver !== "panthor" || device.coherency !== "non-coherent") return;
        if (event.caching !== "write-back" || event.private) return;
        suspects.set(event.buffer, {
          message: `${event.buffer} has cached (write-back) CPU maps and is not private: nothing ` +
            `keeps it from being exported`,
          at: event.at,
          events: [device.seq, event.seq],
        });
      },
      end(): void {
        for (const buffer of [...suspects.keys()]) tell(buffer);
      },
    };
  },
};
