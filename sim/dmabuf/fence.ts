import type { Clock } from "../clock.ts";

/** Who a fence concerns: a writer's is waited for by everybody, a reader's by writers. */
export type FenceUsage = "write" | "read";

/** Something that is done at a known time of the virtual clock, or when it is signalled. */
export class Fence {
  #deadline: bigint | null;
  #signalled = false;
  readonly #clock: Clock;
  /** 0, or a negative errno that the fence was signalled with. */
  status = 0;

  /**
   * @param deadline nanoseconds at which it signals by itself; null: only by {@linkcode signal}
   * @param expiry the error it then carries, as a vgem fence that nobody signalled does
   */
  constructor(clock: Clock, deadline: bigint | null, expiry = 0) {
    this.#clock = clock;
    this.#deadline = deadline;
    this.#expiry = expiry;
  }
  readonly #expiry: number;

  get signalled(): boolean {
    if (!this.#signalled && this.#deadline !== null && this.#clock.now >= this.#deadline) {
      this.#signalled = true;
      this.status = this.#expiry;
    }
    return this.#signalled;
  }

  /** When it signals by itself, in nanoseconds, or null. */
  get deadline(): bigint | null {
    return this.#deadline;
  }

  /** Signals it now. */
  signal(): void {
    if (!this.signalled) this.#signalled = true;
    this.#tell();
  }

  /** dma_fence_add_callback(): runs once when it signals, by itself or not; false: it has. */
  whenSignalled(run: () => void): boolean {
    if (this.signalled) return false;
    if (this.#waiting.length === 0 && this.#deadline !== null) {
      this.#clock.at(this.#deadline, () => this.#tell());
    }
    this.#waiting.push(run);
    return true;
  }
  readonly #waiting: (() => void)[] = [];

  #tell(): void {
    for (const run of this.#waiting.splice(0)) run();
  }
}

/** The implicit fences of a buffer: dma_resv. */
export class Reservation {
  #fences: { fence: Fence; usage: FenceUsage }[] = [];

  add(fence: Fence, usage: FenceUsage): void {
    this.#fences = this.#fences.filter((entry) => !entry.fence.signalled);
    this.#fences.push({ fence, usage });
  }

  /** The fences that are not signalled: writers only, or all. */
  pending(who: "writers" | "all"): Fence[] {
    return this.#fences
      .filter(({ fence, usage }) => !fence.signalled && (who === "all" || usage === "write"))
      .map(({ fence }) => fence);
  }
}

/**
 * How a wait ended; "never": nothing that runs by itself would end it; "interrupted": a signal came
 * first.
 */
export type WaitResult = "done" | "timeout" | "never" | "interrupted";

/**
 * Waits for fences by moving the clock: at once, and exactly.
 * @param until nanoseconds of the clock; null: as long as it takes
 */
export function waitFor(clock: Clock, fences: readonly Fence[], until: bigint | null): WaitResult {
  const waiting = fences.filter((fence) => !fence.signalled);
  if (waiting.length === 0) return "done";
  const { signalAt } = clock;
  let last = 0n;
  for (const { deadline } of waiting) {
    if (deadline === null) {
      if (until === null && signalAt === null) return "never";
      last = (until ?? signalAt ?? 0n) + 1n;
    } else if (deadline > last) last = deadline;
  }
  if (signalAt !== null && signalAt < last && (until === null || signalAt < until)) {
    clock.advanceTo(signalAt);
    clock.signalAt = null;
    return "interrupted";
  }
  if (until !== null && last > until) {
    clock.advanceTo(until);
    return "timeout";
  }
  clock.advanceTo(last);
  return "done";
}
