/**
 * A probe: asks a device, a heap or udmabuf what a rule is about. It makes small buffers of its own,
 * tries what the rule forbids and tells what came of it.
 *
 * @module
 */
import type { Coherency, DriverVersion } from "../drivers/driver.ts";
import type { Bench } from "./probe_bench.ts";
import type { Profile } from "./rule.ts";

/**
 * What a try gave. `refused`, `allowed`: the kernel's answer to the very call; `seen`: a fact read
 * off; `consistent`: what measured times agree with, which proves nothing; `not-applicable`: there is
 * no such thing here; `cannot-be-told`: user space has no way to find out.
 */
export type ProbeAnswer =
  | "refused"
  | "allowed"
  | "seen"
  | "consistent"
  | "not-applicable"
  | "cannot-be-told";

/** What was seen. */
export interface Observed {
  readonly answer: ProbeAnswer;
  /** The errno's name where a call was refused. */
  readonly errno?: string;
  /** What was seen or measured, or why it is not applicable or cannot be told. */
  readonly detail: string;
  /** The exit code of the error that ended the probe, where it is one of the kernel or a device. */
  readonly exitCode?: number;
  /** What was measured; each name ends in its unit. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** What the simulator's books add, which hardware does not keep: see `Kernel.deviceSide`. */
  readonly books?: {
    /** Whether they show that the rule was kept. */
    readonly kept: boolean;
    readonly detail: string;
  };
}

/** Who is asked. */
export interface ProbeSubject {
  readonly kind: "device" | "heap" | "udmabuf";
  /** A node's path, a heap's name, or `udmabuf`. */
  readonly name: string;
  /** Of a device. */
  readonly version?: DriverVersion;
  readonly coherency?: Coherency;
  /** Whether cached CPU maps can be asked for; absent where user space never has a say. */
  readonly cachedMaps?: boolean;
}

/** What a profile asks of what was seen. */
export interface Expectation {
  readonly kept: boolean;
  /** What is asked, as a clause: "a private buffer's export is refused with EINVAL". */
  readonly wanted: string;
}

/** What a profile asks of a subject; undefined where it asks nothing of this one. */
export type Expect = (seen: Observed, subject: ProbeSubject) => Expectation | undefined;

/** A probe of `probes/`. */
export interface Probe {
  /** kebab-case, never changed once released. */
  readonly id: string;
  /** What is tried or looked at, as a sentence. */
  readonly question: string;
  /** The rule or the fact that `explain` tells of, where there is one. */
  readonly rule?: string;
  /** What asking can do to a kernel beside a refusal; such a probe is skipped unless allowed. */
  readonly hazard?: string;
  /** Ends a probe with a hazard where there is nothing to be asked. @throws {Unanswered} */
  readonly applies?: (bench: Bench) => void;
  /** What the running version of the driver promises. */
  readonly kernel?: Expect;
  /** What the mail threads ask for beside it. */
  readonly threads?: Expect;
  readonly run: (bench: Bench) => Observed | Promise<Observed>;
}

/**
 * What the answer means under a profile: `kept`: as it was asked for; `finding`: not so; `fact`:
 * nobody asks for anything; `skipped`: there is no answer.
 */
export type ProbeVerdict = "kept" | "finding" | "fact" | "skipped";

/** A probe's answer, judged. */
export interface ProbeOutcome extends Observed {
  readonly probe: string;
  readonly question: string;
  readonly rule?: string;
  readonly verdict: ProbeVerdict;
  /** What a finding falls short of. */
  readonly wanted?: string;
}

const unanswered: readonly ProbeAnswer[] = ["not-applicable", "cannot-be-told"];

/** Judges what was seen; the threads ask for what the kernel promises, and for more. */
export function judgeProbe(
  probe: Probe,
  seen: Observed,
  subject: ProbeSubject,
  profile: Profile,
): ProbeOutcome {
  const { id, question, rule } = probe;
  const asked = [probe.kernel, ...(profile === "threads" ? [probe.threads] : [])]
    .map((expect) => expect?.(seen, subject)).filter((wants) => wants !== undefined);
  const broken = asked.find(({ kept }) => !kept);
  // Where user space cannot tell, only the books can.
  const silent = unanswered.includes(seen.answer) && seen.books?.kept !== false;
  const verdict = silent
    ? "skipped"
    : broken !== undefined
    ? "finding"
    : asked.length > 0
    ? "kept"
    : "fact";
  return {
    probe: id,
    question,
    ...(rule === undefined ? {} : { rule }),
    ...seen,
    verdict,
    ...(verdict === "finding" && broken !== undefined ? { wanted: broken.wanted } : {}),
  };
}
