/**
 * The first export fixes the access mode.
 *
 * @module
 */
import type { Observed, Probe } from "../probe.ts";
import { notApplicable } from "../probe_bench.ts";

export const probe: Probe = {
  id: "late-rdwr",
  question: "A buffer is exported for reading, then with DRM_RDWR.",
  rule: "late-rdwr",
  kernel: (seen) => ({
    kept: seen.detail === STAYS,
    wanted: "while a dma-buf lives, every export of its buffer is the file that the first one made",
  }),
  run(bench): Observed {
    if (bench.subject.kind !== "device") throw notApplicable("its dma-bufs are not exported twice");
    const buffer = bench.buffer();
    const first = bench.export(buffer, false);
    const second = bench.export(buffer, true);
    const same = first.facts.inode === second.facts.inode;
    const modes = `${first.facts.mode}, then ${second.facts.mode}`;
    return {
      answer: "seen",
      detail: !same
        ? "the second export is another dma-buf"
        : modes === "ro, then ro"
        ? STAYS
        : modes,
    };
  },
};

const STAYS = "the second export is the same read-only dma-buf";
