/**
 * The caches of a foreign buffer are its exporter's business.
 *
 * @module
 */
import { callNames } from "./_calls.ts";
import { allowance, refusal } from "./_expect.ts";
import { flushOf } from "./_cached_maps.ts";
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "sync-of-import",
  question: "The driver's sync is called for an imported buffer.",
  rule: "sync-of-import",
  // kbase hands it on to the exporter (kbase_sync_imported_umm()); the others refuse.
  kernel: (seen, { version }) =>
    version?.name === "kbase"
      ? allowance(seen, "the driver's sync of an import, which it hands on to the exporter,")
      : refusal(seen, "EINVAL", "the driver's sync of an import, which its dma-buf is there for,"),
  async run(bench): Promise<Observed> {
    const { device } = bench;
    const flush = flushOf(device);
    const imported = bench.import(await bench.foreign());
    const range = { offset: 0n, length: 64n };
    const result = tried(
      callNames(device).sync,
      () => device.driver.sync(device, imported, flush, [range]),
    );
    return "refused" in result
      ? result.refused
      : { answer: "allowed", detail: "64 bytes of a foreign buffer" };
  },
};
