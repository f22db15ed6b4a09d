/**
 * A handle is closed once, after its last user.
 *
 * @module
 */
import { errno } from "../ffi/errno.ts";
import type { Entry } from "./_entry.ts";
import { listText, place } from "./_text.ts";
import type { Rule, Watch } from "./rule.ts";

const GEM_CLOSE = "DRM_IOCTL_GEM_CLOSE";

interface Named {
  readonly name: string;
  readonly event: Entry<"create"> | Entry<"import">;
}

export const rule: Rule = {
  id: "double-close",
  severity: "error",
  profile: "kernel",
  summary: "A GEM handle is closed once, when none of its users needs it any more.",
  why: "Importing the same dma-buf again into an open file gives the same handle, and the kernel " +
    "keeps no count: the first GEM_CLOSE ends it for both. The second is EINVAL, or, once the " +
    "number was given away again, closes a buffer that has nothing to do with it. boctl counts its " +
    "names; only a raw call can do it.",
  source: '"overview and lifetime rules" in drivers/gpu/drm/drm_prime.c: user space has to count ' +
    "handles that it gets from imports by itself.",
  enforced: "no",
  kernel: "Not enforced, alike from 6.1 to 7.3. A number that means nothing is EINVAL.",
  hazard: "A close that hits a number given away again takes another user's buffer.",
  fix: "Close names, which are counted:\n" +
    "  boctl close bo1",
  watch(report): Watch {
    /** By device and handle: the names that hold it. */
    const holders = new Map<string, Named[]>();
    const keys = new Map<string, string>();
    /** By device and handle: the raw call that closed it last. */
    const closed = new Map<string, Entry<"ioctl">>();
    const keyOf = (device: string, handle: number): string => `${device}\n${handle}`;
    const drop = (name: string): void => {
      const key = keys.get(name);
      if (key === undefined) return;
      keys.delete(name);
      const left = (holders.get(key) ?? []).filter((named) => named.name !== name);
      if (left.length > 0) holders.set(key, left);
      else {
        holders.delete(key);
        closed.delete(key);
      }
    };
    const judge = (event: Entry<"ioctl">, handle: number): void => {
      const key = keyOf(event.device, handle);
      const users = holders.get(key) ?? [];
      const before = closed.get(key);
      if (event.result === 0 && users.length > 0) {
        closed.set(key, event);
        const names = users.map(({ name }) => name);
        report({
          message: `GEM_CLOSE of handle ${handle} of ${event.device} took it from ` +
            `${listText(names)}, which ${names.length === 1 ? "has" : "have"} it still`,
          at: event.at,
          events: [...users.map((user) => user.event.seq), event.seq],
          // One user that closes its handle in its own way: only the name is wrong from then on.
          severity: names.length > 1 ? "error" : "warning",
        });
      } else if (event.result === -errno.EINVAL && before !== undefined) {
        report({
          message: `GEM_CLOSE of handle ${handle} of ${event.device}, which was closed already ` +
            `(${place(before.at, event.at)}): EINVAL this time`,
          at: event.at,
          events: [before.seq, event.seq],
        });
      }
    };
    return {
      take(event): void {
        if (event.kind === "create" || event.kind === "import") {
          drop(event.buffer);
          const key = keyOf(event.device, event.handle);
          // A new buffer has the number only if nobody had it any more.
          if (event.kind === "create") {
            for (const { name } of holders.get(key) ?? []) keys.delete(name);
            holders.delete(key);
          }
          closed.delete(key);
          holders.set(key, [...holders.get(key) ?? [], { name: event.buffer, event }]);
          keys.set(event.buffer, key);
        }
        if (event.kind === "close") {
          if (event.what === "buffer") drop(event.name);
          if (event.what === "device") {
            for (const [name, key] of [...keys]) if (key.startsWith(`${event.name}\n`)) drop(name);
          }
        }
        if (event.kind === "ioctl" && event.name === GEM_CLOSE && event.handle !== undefined) {
          judge(event, event.handle);
        }
      },
    };
  },
};
