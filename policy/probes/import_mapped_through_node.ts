/**
 * What mmap of an import through its importer's node gives.
 *
 * @module
 */
import { callNames } from "./_calls.ts";
import { addedFile, mappedFiles } from "./_maps.ts";
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";
import { KernelRefusal } from "../../errors.ts";
import { errno } from "../../ffi/errno.ts";
import { notApplicable } from "../probe_bench.ts";

export const probe: Probe = {
  id: "import-mapped-through-node",
  question: "A foreign buffer is imported, and mapped through the importer's node.",
  rule: "import-mapped-through-node",
  threads: (seen) => ({
    kept: seen.answer === "refused",
    wanted: "an import is mapped through its dma-buf, not through its importer's node",
  }),
  async run(bench): Promise<Observed> {
    const { device } = bench;
    const imported = bench.import(await bench.foreign());
    if (!imported.imported) throw notApplicable("the foreign buffer came back as its own");
    const options = { writable: false, via: "node" } as const;
    const { mapOffset } = callNames(device);
    const { kernel } = bench.workspace;
    const before = mappedFiles(kernel);
    const touched = (): Observed =>
      bench.mapped(imported, options, (access) => {
        const file = addedFile(before, mappedFiles(kernel));
        const how = file?.startsWith("/dmabuf:") === true
          ? "redirected to the exporter"
          : file === device.path
          ? "by the importer itself, behind the exporter's back"
          : "by whom /proc/self/maps does not tell";
        try {
          access.read(0, 4);
        } catch (error) {
          if (!(error instanceof KernelRefusal) || error.errno !== errno.EFAULT) throw error;
          return { answer: "allowed", detail: `${how}, and SIGBUS at the first touch` };
        }
        return { answer: "allowed", detail: how };
      });
    const offset = tried(mapOffset, () => device.driver.mmapOffset(device, imported.handle));
    if ("refused" in offset) return offset.refused;
    const result = tried("mmap", touched);
    return "refused" in result ? result.refused : result.done;
  },
};
