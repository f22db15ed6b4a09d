/**
 * Random programs for the mutation test, all of them legal: a CPU and a device that pass bytes to
 * each other through cached, write-combined and imported buffers, with the syncs that this needs and
 * no other.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import { randomNumbers } from "../syntax/_random_text.ts";

type Access = "r" | "w" | "rw";

/** One step; `bo` is the index of a buffer of the program. */
export type Step =
  & { readonly bo: number }
  & (
    | { readonly do: "write" | "read" | "device-write" | "device-read"; readonly range: ByteRange }
    | { readonly do: "sync"; readonly range: ByteRange; readonly for: "device" | "cpu" }
    | { readonly do: "begin" | "end"; readonly access: Access }
    | { readonly do: "job-begin" | "job-end" }
  );

/**
 * `cached`, `combined`: the device's own, mapped through its node. `exported`: write-combined and
 * mapped through its dma-buf. `imported`: a heap's, mapped through its dma-buf.
 */
export type BufferKind = "cached" | "combined" | "exported" | "imported";

/** A program; each of its buffers is `BYTES` long. */
export interface Program {
  readonly buffers: readonly BufferKind[];
  readonly steps: readonly Step[];
}

/** Bytes of a buffer. */
export const BYTES = 8192;
/** Buffers are used by slots, so that no two passages of bytes share a line of up to 128 bytes. */
const SLOT = 512;

const kinds: readonly BufferKind[] = ["cached", "cached", "combined", "exported", "imported"];

/** One step as a line, for messages. */
export function stepText(step: Step): string {
  const about = "range" in step
    ? ` ${step.range.offset}:${step.range.length}`
    : "access" in step
    ? ` ${step.access}`
    : "";
  return `${step.do} bo${step.bo}${about}${step.do === "sync" ? ` for ${step.for}` : ""}`;
}

/** Makes the steps of one buffer. */
class Passages {
  readonly #below: (limit: number) => number;
  readonly #bo: number;
  readonly #kind: BufferKind;
  /** Slots in an order of chance; the next one is the one that was not used for longest. */
  readonly #slots: number[];

  constructor(below: (limit: number) => number, bo: number, kind: BufferKind) {
    this.#below = below;
    this.#bo = bo;
    this.#kind = kind;
    this.#slots = Array.from({ length: BYTES / SLOT }, (_, i) => i)
      .map((slot) => ({ slot, by: below(1 << 16) }))
      .sort((a, b) => a.by - b.by).map(({ slot }) => slot);
  }

  /** Some bytes of a slot that is not in use. */
  #bytes(): ByteRange {
    const slot = this.#slots.shift() ?? 0;
    this.#slots.push(slot);
    const from = this.#below(SLOT / 2);
    return { offset: slot * SLOT + from, length: 1 + this.#below(SLOT - from - 1) };
  }

  #step(
    step: { readonly do: "write" | "read" | "device-write" | "device-read" },
    range: ByteRange,
  ): Step {
    return { bo: this.#bo, do: step.do, range };
  }

  #sync(range: ByteRange, to: "device" | "cpu"): Step[] {
    return this.#kind === "cached" ? [{ bo: this.#bo, do: "sync", range, for: to }] : [];
  }

  /** CPU accesses, in a bracket where the buffer is mapped through a dma-buf. */
  #cpu(access: Access, steps: readonly Step[]): Step[] {
    if (this.#kind === "cached" || this.#kind === "combined") return [...steps];
    const bo = this.#bo;
    return [{ bo, do: "begin", access }, ...steps, { bo, do: "end", access }];
  }

  /** The CPU gives bytes to the device. */
  toDevice(): Step[] {
    const range = this.#bytes();
    // In a bracket that says write alone the lines are not invalidated: rw, since the CPU may write
    // parts of lines that the device wrote before.
    const write = this.#cpu("rw", [this.#step({ do: "write" }, range)]);
    return [...write, ...this.#sync(range, "device"), this.#step({ do: "device-read" }, range)];
  }

  /** The device gives bytes to the CPU, in a job or at once. */
  toCpu(inJob: boolean, meanwhile: () => Step[]): Step[] {
    const range = this.#bytes();
    const bo = this.#bo;
    // The CPU has read some of it before: its caches hold the lines.
    const before = this.#below(2) === 0 ? this.#cpu("r", [this.#step({ do: "read" }, range)]) : [];
    const write = this.#step({ do: "device-write" }, range);
    const work: Step[] = inJob
      ? [{ bo, do: "job-begin" }, write, ...meanwhile(), { bo, do: "job-end" }]
      : [write];
    const read = this.#cpu("r", [this.#step({ do: "read" }, range)]);
    return [...before, ...work, ...this.#sync(range, "cpu"), ...read];
  }

  /** What the CPU does by itself while a job works on other bytes. */
  meanwhile(): Step[] {
    // A bracket waits for the job.
    if (this.#kind === "exported" || this.#kind === "imported") return [];
    const range = this.#bytes();
    return [
      this.#step({ do: "write" }, range),
      ...this.#sync(range, "device"),
      this.#step({ do: "read" }, range),
    ];
  }
}

/** Passages of different buffers, step by step in an order of chance. */
function interleaved(below: (limit: number) => number, lists: readonly Step[][]): Step[] {
  const left = lists.map((list) => [...list]);
  const steps: Step[] = [];
  for (;;) {
    const open = left.filter((list) => list.length > 0);
    const next = open[below(Math.max(open.length, 1))]?.shift();
    if (next === undefined) return steps;
    steps.push(next);
  }
}

/** A legal program, the same for a seed. */
export function randomProgram(seed: number): Program {
  const below = randomNumbers(seed);
  const buffers = Array.from(
    { length: 1 + below(3) },
    () => kinds[below(kinds.length)] ?? "cached",
  );
  const lists = buffers.map((kind, bo) => {
    const passages = new Passages(below, bo, kind);
    return Array.from(
      { length: 2 + below(5) },
      () =>
        below(2) === 0
          ? passages.toDevice()
          : passages.toCpu(below(2) === 0, () => passages.meanwhile()),
    ).flat();
  });
  return { buffers, steps: interleaved(below, lists) };
}
