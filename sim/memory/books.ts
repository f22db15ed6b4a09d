import type { Books } from "../../ffi/kernel.ts";

/** Books that are still being written: see {@linkcode Books} for what each counts. */
export type OpenBooks = { -readonly [K in keyof Books]: Books[K] };

/** Books with every count at 0. */
export function newBooks(): OpenBooks {
  return {
    bytesAsked: 0,
    linesTouched: 0,
    linesCleaned: 0,
    linesInvalidated: 0,
    dirtyBytesDiscarded: 0,
    bytesCarriedAlong: 0,
    linesInVain: 0,
    staleBytesReadByDevice: 0,
    staleBytesReadByCpu: 0,
    staleBytesHeldByJobs: 0,
    faults: 0,
    pagesShotDown: 0,
    pagesMoved: 0,
    nanoseconds: 0,
  };
}
