/**
 * Migration belongs to mmap, not to begin.
 *
 * @module
 */
import { syncDmaBuf } from "../../drivers/dma_buf.ts";
import { GENERIC_EXPORTER, hooksOf } from "../../drivers/exporters.ts";
import { NotSupported } from "../../errors.ts";
import { plural } from "../../output/plural.ts";
import { bookedSince, booksOf } from "../../workspace/device_side.ts";
import { memoryOf } from "../../workspace/maps.ts";
import type { Expect, Observed, Probe } from "../probe.ts";
import type { DmaBuf } from "../../workspace/objects.ts";
import { type Bench, notApplicable } from "../probe_bench.ts";

const stays: Expect = ({ books }) =>
  books === undefined
    ? undefined
    : { kept: books.kept, wanted: "begin of CPU access moves no page" };

/** amdgpu and xe move on purpose: they promise nothing else. */
const promised: Expect = (seen, subject) =>
  hooksOf({ name: GENERIC_EXPORTER, driver: subject.version?.name }) === "moves"
    ? undefined
    : stays(seen, subject);

/** A buffer that has two places to be, where the driver has such. */
function movable(bench: Bench): DmaBuf {
  const placement = bench.device.driver.placements?.find((place) => place.includes("-or-"));
  if (placement === undefined) return bench.dmaBuf();
  try {
    return bench.export(bench.buffer({ placement }));
  } catch (error) {
    // An integrated GPU has one place.
    if (error instanceof NotSupported) return bench.dmaBuf();
    throw error;
  }
}

export const probe: Probe = {
  id: "begin-moves-nothing",
  question: "CPU access to a dma-buf begins for reading: do its pages stay where they are?",
  rule: "sync-moves-memory",
  kernel: promised,
  threads: stays,
  run(bench): Observed {
    const { workspace, subject } = bench;
    if (subject.kind !== "device") throw notApplicable("its buffers have one place only");
    const dmaBuf = movable(bench);
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
