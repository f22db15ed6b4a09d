/**
 * Who answers for begin and end: the name that the exporter gives itself shows whether it has hooks.
 *
 * @module
 */
import { cachedMapsOf } from "./_mali.ts";
import type { Expectation, Observed, Probe, ProbeSubject } from "../probe.ts";
import { cannotBeTold } from "../probe_bench.ts";

/** The name of the generic helper, which has no hooks (drm_prime.c). */
const GENERIC = "drm";

/** The exporter's name that a subject's version has; undefined where nobody says. */
function promised(subject: ProbeSubject): string | undefined {
  if (subject.kind !== "device") return subject.name;
  const cached = cachedMapsOf(subject);
  return cached === undefined ? undefined : cached ? subject.version?.name : GENERIC;
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
  threads: (seen, subject) =>
    cachedMapsOf(subject) === true && subject.coherency === "non-coherent"
      ? {
        kept: !seen.detail.startsWith(`exporter ${GENERIC}:`),
        wanted: "an exporter of cached buffers has hooks, since it cannot know who imports them",
      }
      : undefined,
  run(bench): Observed {
    const { exporter } = bench.dmaBuf().facts;
    if (exporter === "") throw cannotBeTold("the dma-buf's fdinfo does not name its exporter");
    const { kind, version } = bench.subject;
    const hooks = exporter === GENERIC
      ? "the generic helper, begin and end only wait"
      : kind !== "device" ||
          (["panthor", "panfrost"].includes(exporter) && exporter === version?.name)
      ? "begin and end maintain caches"
      : "its own code, whose begin and end are not known here";
    return { answer: "seen", detail: `exporter ${exporter}: ${hooks}` };
  },
};
