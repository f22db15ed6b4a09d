/**
 * What was made is let go.
 *
 * @module
 */
import { formatSize } from "../syntax/size.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import type { Rule, Watch } from "./rule.ts";

/** Something with a name that a close lets go. */
interface Open {
  readonly name: string;
  readonly text: string;
  /** The device that takes a buffer's handle with it. */
  readonly device?: string;
  readonly event: JournalEvent;
}

/** What an entry makes, if it makes something. */
function madeBy(event: JournalEvent): Open | undefined {
  switch (event.kind) {
    case "create": {
      const { buffer: name, device, handle, size } = event;
      const text = `Buffer ${name} (${formatSize(size)}, handle ${handle} of ${device})`;
      return { name, device, event, text };
    }
    case "import": {
      const { buffer: name, device, handle, dmaBuf } = event;
      return {
        name,
        device,
        event,
        text: `Buffer ${name} (${dmaBuf} imported into ${device} as ` +
          `handle ${handle})`,
      };
    }
    case "allocate":
      return {
        name: event.dmaBuf,
        event,
        text: `dma-buf ${event.dmaBuf} (${formatSize(event.size)}, from ${
          event.from === "descriptor" ? "a descriptor" : event.from
        })`,
      };
    case "export":
      return {
        name: event.dmaBuf,
        event,
        text: `dma-buf ${event.dmaBuf} (export of ${event.buffer})`,
      };
    case "map":
      return event.errno !== 0
        ? undefined
        : { name: event.map, event, text: `Mapping ${event.map} (of ${event.of})` };
    default:
      return undefined;
  }
}

export const rule: Rule = {
  id: "left-open",
  severity: "note",
  profile: "kernel",
  summary: "Buffers, dma-bufs and mappings are closed before the end.",
  why: "Each of them keeps the memory alive on its own: a descriptor outlives the handle it was " +
    "exported from, a mapping outlives both. In a process that goes on, that is a leak; one " +
    "forgotten descriptor also keeps the access mode that the first export fixed.",
  source: '"overview and lifetime rules" in drivers/gpu/drm/drm_prime.c: a dma-buf holds a ' +
    "reference to its object. PRIME returns the same handle for the same dma-buf, so a handle is " +
    "closed once, after its last user.",
  enforced: "no",
  kernel: "Nothing is enforced; the exit of the process lets everything go.",
  fix: "Close what is not needed any more, and look at what is held:\n" +
    "  boctl list\n" +
    "  boctl close map1",
  watch(report): Watch {
    const open = new Map<string, Open>();
    return {
      take(event): void {
        const made = madeBy(event);
        if (made !== undefined) open.set(made.name, made);
        if (event.kind !== "close") return;
        open.delete(event.name);
        if (event.what !== "device") return;
        for (const { name, device } of [...open.values()]) {
          if (device === event.name) open.delete(name);
        }
      },
      end(): void {
        for (const { text, event } of open.values()) {
          const message = `${text} is still open at the end`;
          report({ message, at: event.at, events: [event.seq] });
        }
      },
    };
  },
};
