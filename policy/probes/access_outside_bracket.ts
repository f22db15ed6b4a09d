/**
 * CPU access that nothing brackets.
 *
 * @module
 */
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "access-outside-bracket",
  question: "A dma-buf's map is written and read without begin and end.",
  rule: "cpu-access-outside-bracket",
  run(bench): Observed {
    const dmaBuf = bench.dmaBuf();
    const result = tried(
      "mmap",
      () =>
        bench.mapped(dmaBuf, { writable: true, via: "dma-buf" }, (access) => {
          access.write(0, Uint8Array.of(1));
          access.read(0, 1);
        }),
    );
    return "refused" in result
      ? result.refused
      : { answer: "allowed", detail: "the kernel does not see it" };
  },
};
