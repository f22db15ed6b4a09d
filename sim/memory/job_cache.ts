import type { Coherency } from "./cache_model.ts";
import { JobPage } from "./job_page.ts";
import type { Memory } from "./memory.ts";
import type { Page } from "./page.ts";
import { forEachPart } from "./parts.ts";

/**
 * A device's own cache, for one buffer and the time of one job: empty at its begin, written back and
 * empty again at its end. Mali "has caches which may need to be flushed - this is usually done at
 * the start/end of a job chain, so coherency is not guaranteed while the job chain is running"
 * (Steven Price, mesa-dev, 3 Jul 2019).
 *
 * Not coherent: it is filled from RAM. IO-coherent: the device snoops the CPU's caches, nobody
 * snoops the device's. Full: both.
 */
export class JobCache {
  readonly #memory: Memory;
  readonly #coherency: Coherency;
  readonly #lineShift: number;
  readonly #pages = new Map<Page, JobPage>();

  constructor(memory: Memory, coherency: Coherency) {
    this.#memory = memory;
    this.#coherency = coherency;
    this.#lineShift = Math.log2(memory.model.lineBytes);
  }

  #page(index: number): [Page, JobPage] {
    const page = this.#memory.page(index);
    let held = this.#pages.get(page);
    if (held === undefined) {
      held = new JobPage(page, this.#lineShift, this.#coherency);
      this.#pages.set(page, held);
      page.addJob(held);
    }
    return [page, held];
  }

  /** The job reads bytes at `offset` of the buffer. The books count what others hold newer. */
  read(offset: number, into: Uint8Array): void {
    const { books, model } = this.#memory;
    forEachPart(model.pageBytes, offset, into.length, (index, from, length, done) => {
      const part = into.subarray(done, done + length);
      const [page, held] = this.#page(index);
      held.read(from, part);
      const older = page.olderBytes(from, part, held);
      books.staleBytesReadByDevice += older.count;
      books.staleBytesHeldByJobs += older.inJobs;
    });
  }

  /** The job writes bytes at `offset` of the buffer: nobody else sees them before its end. */
  write(offset: number, bytes: Uint8Array): void {
    const { pageBytes } = this.#memory.model;
    forEachPart(pageBytes, offset, bytes.length, (index, from, length, done) => {
      const [, held] = this.#page(index);
      held.write(from, bytes.subarray(done, done + length));
    });
  }

  /** The end of the job: written back to RAM, and empty. */
  end(): void {
    for (const [page, held] of this.#pages) {
      held.writeBack(0, page.ram.length);
      page.removeJob(held);
    }
    this.#pages.clear();
  }
}
