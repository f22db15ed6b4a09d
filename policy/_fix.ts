/**
 * How to mend a breach. Rules name the call that would have helped; where the memory's owner has no
 * such call, or its dma-buf's begin and end touch no cache, there is another way.
 *
 * @module
 */
import type { JournalEvent } from "../workspace/journal.ts";
import { hasHooks, onlyWaits } from "./_hooks.ts";
import type { Finding, Rule } from "./rule.ts";

const WRITE_COMBINED = "  boctl create --size 4KiB --as bo1";

function noCall(driver: string): string {
  return `No call of ${driver} touches a cache. Make the buffer write-combined:\n${WRITE_COMBINED}`;
}

const BY_THE_OWNER =
  "Begin and end of this dma-buf touch no cache. Its owner's calls do, before the " +
  "device reads and before the CPU does:\n" +
  "  boctl sync bo1 --for device --whole\n" +
  "  boctl sync bo1 --for cpu --whole\n" +
  `Else make the buffer write-combined:\n${WRITE_COMBINED}`;

/** Who made each memory of a journal, and who exported it. */
export class Fixes {
  readonly #journal: readonly JournalEvent[];
  /** Driver of the device that the memory was made on. */
  readonly #owners = new Map<string, string>();
  readonly #exporters = new Map<string, string>();

  constructor(journal: readonly JournalEvent[]) {
    this.#journal = journal;
    const drivers = new Map<string, string>();
    for (const event of journal) {
      if (event.kind === "open") drivers.set(event.device, event.driver);
      else if (event.kind === "create") {
        this.#owners.set(event.memory, drivers.get(event.device) ?? "");
      } else if (event.kind === "export") this.#exporters.set(event.memory, event.exporter);
    }
  }

  /** In the form of {@linkcode Rule.fix}. */
  of(rule: Pick<Rule, "fix" | "mendedBySync">, finding: Pick<Finding, "events">): string {
    const event = this.#journal[finding.events.at(-1) ?? -1];
    if (rule.mendedBySync !== true || event === undefined || !("memory" in event)) return rule.fix;
    const owner = this.#owners.get(event.memory ?? "");
    if (owner === undefined) return rule.fix;
    if (onlyWaits(owner)) return noCall(owner);
    const exporter = this.#exporters.get(event.memory ?? "");
    return exporter === undefined || hasHooks(exporter) ? rule.fix : BY_THE_OWNER;
  }
}
