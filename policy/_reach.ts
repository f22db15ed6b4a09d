/**
 * Which devices reach a memory, and how far they see the CPU's caches.
 *
 * @module
 */
import type { Coherency } from "../drivers/driver.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import { isCoherent } from "./_effect.ts";
import type { Severity } from "./rule.ts";

/** Bytes of a cache line where no device told: what Arm's application cores have. */
const USUAL_LINE_BYTES = 64;

/** Follows a journal, entry by entry. */
export class Reach {
  readonly #devices = new Map<string, Coherency>();
  readonly #memories = new Map<string, Set<string>>();
  #lineBytes: number | undefined;

  take(event: JournalEvent): void {
    if (event.kind === "open") {
      this.#devices.set(event.device, event.coherency);
      this.#lineBytes ??= event.lineBytes;
    }
    if (event.kind === "create") this.#memories.set(event.memory, new Set([event.device]));
    if (event.kind === "import") {
      const devices = this.#memories.get(event.memory);
      if (devices === undefined) this.#memories.set(event.memory, new Set([event.device]));
      else devices.add(event.device);
    }
  }

  /** How far a device sees the CPU's caches. */
  coherencyOf(device: string): Coherency {
    return this.#devices.get(device) ?? "unknown";
  }

  /** That of the device that sees least of them, among those that made or imported a memory. */
  coherency(memory: string): Coherency | undefined {
    const all = [...this.#memories.get(memory) ?? []].map((device) => this.coherencyOf(device));
    return all.find((one) => one === "non-coherent") ?? all.find((one) => one === "unknown") ??
      all[0];
  }

  /** Bytes of a line of the CPU's caches. */
  get lineBytes(): number {
    return this.#lineBytes ?? USUAL_LINE_BYTES;
  }

  /** What a message adds where the size of a line is taken for granted. */
  get lineNote(): string {
    return this.#lineBytes === undefined
      ? ` (with lines of ${USUAL_LINE_BYTES} bytes, which nobody told)`
      : "";
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#memories.delete(memory);
  }
}

/** How bad it is that a device does not see what is in the CPU's caches; undefined where it does. */
export function missedBy(coherency: Coherency): Severity | undefined {
  if (isCoherent(coherency)) return undefined;
  return coherency === "non-coherent" ? "error" : "warning";
}
