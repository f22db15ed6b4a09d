/**
 * Whether a read-only dma-buf can be written through an importer's node: dma_buf_mmap() looks at no
 * file mode.
 *
 * @module
 */
import { callNames } from "./_calls.ts";
import type { Observed, Probe } from "../probe.ts";
import { cannotBeTold, tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "read-only-written-through-importer",
  question: "A read-only dma-buf is imported, and written through the importer's node.",
  rule: "writable-map-of-read-only-export",
  async run(bench): Promise<Observed> {
    const { device } = bench;
    const dmaBuf = await bench.foreign(false);
    if (dmaBuf.facts.mode !== "ro") {
      throw cannotBeTold("the other exporter's dma-buf is not read-only");
    }
    const imported = bench.import(dmaBuf);
    const offset = tried(
      callNames(device).mapOffset,
      () => device.driver.mmapOffset(device, imported.handle),
    );
    if ("refused" in offset) return offset.refused;
    const pattern = Uint8Array.of(0xb0);
    const result = tried(
      "mmap",
      () =>
        bench.mapped(
          imported,
          { writable: true, via: "node" },
          (access) => access.write(0, pattern),
        ),
    );
    if ("refused" in result) return result.refused;
    const seen = bench.mapped(
      dmaBuf,
      { writable: false, via: "dma-buf" },
      (access) => access.read(0, 1)[0],
    );
    return {
      answer: "allowed",
      detail: seen === pattern[0]
        ? "the dma-buf's own map shows the byte that was written"
        : "mapped for writing, but the dma-buf's own map does not show the byte",
    };
  },
};
