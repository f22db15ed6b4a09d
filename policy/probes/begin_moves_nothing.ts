/**
 * Migration belongs to mmap, not to begin.
 *
 * @module
 */
import { syncDmaBuf } from "../../drivers/dma_buf.ts";
import { plural } from "../../output/plural.ts";
import { bookedSince, booksOf } from "../../workspace/device_side.ts";
import { memoryOf } from "../../workspace/maps.ts";
import type { Expect, Observed, Probe } from "../probe.ts";
import { notApplicable } from "../probe_bench.ts";

const stays: Expect = ({ books }) =>
  books === undefined
    ? undefined
    : { kept: books.kept, wanted: "begin of CPU access moves no page" };

export const probe: Probe = {
  id: "begin-moves-nothing",
  question: "CPU access to a dma-buf begins for reading: do its pages stay where they are?",
  rule: "sync-moves-memory",
  kernel: stays,
  threads: stays,
  run(bench): Observed {
    const { workspace, subject } = bench;
    if (subject.kind !== "device") throw notApplicable("its buffers have one place only");
    const dmaBuf = bench.dmaBuf();
    const memory = memoryOf(workspace, dmaBuf);
    const before = booksOf(workspace, memory);
    for (const edge of ["begin", "end"] as const) {
      syncDmaBuf(workspace.kernel, dmaBuf.fd, dmaBuf.name, edge, "r");
    }
    const books = bookedSince(before, booksOf(workspace, memory));
    return {
      answer: "cannot-be-told",
      detail: "no call tells where a buffer's pages are",
      ...(books === undefined ? {} : {
        books: {
          kept: books.pagesMoved === 0,
          detail: `${plural(books.pagesMoved, "page")} moved`,
        },
      }),
    };
  },
};
