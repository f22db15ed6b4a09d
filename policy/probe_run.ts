/**
 * Runs probes on a subject, each on a bench of its own.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import { Interrupted, UsageError } from "../errors.ts";
import type { Kernel } from "../ffi/kernel.ts";
import {
  judgeProbe,
  type Observed,
  type Probe,
  type ProbeOutcome,
  type ProbeSubject,
} from "./probe.ts";
import { Bench, cannotBeTold, observe } from "./probe_bench.ts";
import { probes } from "./probes/_index.ts";
import type { Profile } from "./rule.ts";

/** Which probes run, and what they are held to. */
export interface ProbeOptions {
  readonly profile: Profile;
  /** Ids of probes or of the rules that they are about; all where absent. */
  readonly select?: readonly string[];
  readonly ignore?: readonly string[];
  /** Runs the probes that declare a hazard, too. */
  readonly allowHazard: boolean;
  /** Aborted on Ctrl-C, which is heard between two probes. */
  readonly signal: AbortSignal;
}

function known(all: readonly Probe[], ids: readonly string[]): ReadonlySet<string> {
  const names = [...new Set(all.flatMap(({ id, rule }) => rule === undefined ? [id] : [id, rule]))];
  for (const id of ids) {
    if (names.includes(id)) continue;
    throw new UsageError(`no probe asks about "${id}"`, {
      word: id,
      hint: `${didYouMean(id, names)}Probes: ${all.map((probe) => probe.id).join(", ")}.`,
    });
  }
  return new Set(ids);
}

/** The probes that the options choose, in the order of the index. @throws {UsageError} */
export async function chosenProbes(
  options: Pick<ProbeOptions, "select" | "ignore">,
): Promise<readonly Probe[]> {
  const all = await Promise.all(Object.values(probes).map((load) => load()));
  const names = all.flatMap(({ id, rule }) => rule === undefined ? [id] : [id, rule]);
  const selected = known(all, options.select ?? names);
  const ignored = known(all, options.ignore ?? []);
  const among = ({ id, rule }: Probe, set: ReadonlySet<string>): boolean =>
    set.has(id) || (rule !== undefined && set.has(rule));
  return all.filter((probe) => among(probe, selected) && !among(probe, ignored));
}

async function ask(
  kernel: Kernel,
  subject: ProbeSubject,
  probe: Probe,
  allowHazard: boolean,
): Promise<Observed> {
  return await observe(async () => {
    using bench = await Bench.open(kernel, subject);
    probe.applies?.(bench);
    if (probe.hazard === undefined || allowHazard) return await probe.run(bench);
    throw cannotBeTold(
      `asking has a hazard: ${probe.hazard} (--allow-hazard asks all the same)`,
    );
  });
}

/**
 * Asks a subject. Nothing that a probe made is left, whatever ended it.
 * @throws {UsageError} when an option names no probe
 * @throws {Interrupted}
 */
export async function runProbes(
  kernel: Kernel,
  subject: ProbeSubject,
  options: ProbeOptions,
): Promise<readonly ProbeOutcome[]> {
  const outcomes: ProbeOutcome[] = [];
  for (const probe of await chosenProbes(options)) {
    // A pending Ctrl-C is heard here: the event loop turns.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (options.signal.aborted) throw new Interrupted("interrupted");
    const seen = await ask(kernel, subject, probe, options.allowHazard);
    outcomes.push(judgeProbe(probe, seen, subject, options.profile));
  }
  return outcomes;
}
