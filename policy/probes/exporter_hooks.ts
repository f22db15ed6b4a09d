/**
 * Who answers for begin and end: the name that the exporter gives itself shows whether it has hooks.
 *
 * @module
 */
import { GENERIC_EXPORTER, hooksOf, hooksText } from "../../drivers/exporters.ts";
import type { Expectation, Observed, Probe, ProbeSubject } from "../probe.ts";
import { cannotBeTold } from "../probe_bench.ts";

/**
 * The exporter's name that a subject's version has; undefined where nobody says. panthor and panfrost
 * have hooks, and names of their own, since they have cached maps.
 */
function promised({ kind, name, version, cachedMaps }: ProbeSubject): string | undefined {
  if (kind !== "device") return name;
  const driver = version?.name ?? "";
  if (driver !== "panthor" && driver !== "panfrost") return undefined;
  return cachedMaps === true ? driver : GENERIC_EXPORTER;
}

/** The exporter whose name an answer begins with. */
function exporterIn({ detail }: Observed): string {
  return /^exporter (.*?): /.exec(detail)?.[1] ?? "";
}

function named(seen: Observed, name: string): Expectation {
  return { kept: seen.detail.startsWith(`exporter ${name}:`), wanted: `the exporter is ${name}` };
}

export const probe: Probe = {
  id: "exporter-hooks",
  question: "Who exports, and has it hooks for begin and end?",
  rule: "cached-export-without-hooks",
  kernel: (seen, subject) => {
    const name = promised(subject);
    return name === undefined ? undefined : named(seen, name);
  },
  threads: (seen, { cachedMaps, coherency, version }) =>
    cachedMaps === true && coherency === "non-coherent"
      ? {
        kept: !["none", "moves"].includes(
          hooksOf({ name: exporterIn(seen), driver: version?.name }),
        ),
        wanted: "an exporter of cached buffers has hooks, since it cannot know who imports them",
      }
      : undefined,
  run(bench): Observed {
    const dmaBuf = bench.dmaBuf();
    const { exporter } = dmaBuf.facts;
    if (exporter === "") throw cannotBeTold("the dma-buf's fdinfo does not name its exporter");
    const hooks = hooksText(dmaBuf.exporter);
    return { answer: "seen", detail: `exporter ${exporter}: ${hooks}` };
  },
};
