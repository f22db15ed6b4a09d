/**
 * The caches of a foreign buffer are its exporter's business.
 *
 * @module
 */
import { callNames } from "./_calls.ts";
import { refusedWith } from "./_expect.ts";
import { flushOf } from "./_mali.ts";
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "sync-of-import",
  question: "The driver's sync is called for an imported buffer.",
  rule: "sync-of-import",
  kernel: refusedWith("EINVAL", "the driver's sync of an import, which its dma-buf is there for,"),
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
