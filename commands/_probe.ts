/**
 * `policy-check --probe`: asks a device, a heap or udmabuf, and reports.
 *
 * @module
 */
import { exitCodes, UsageError } from "../errors.ts";
import { O_RDWR } from "../ffi/constants.ts";
import { isError } from "../ffi/kernel.ts";
import { HEAP_DIRECTORY } from "../drivers/dma_heap.ts";
import { UDMABUF_PATH } from "../drivers/udmabuf.ts";
import { type CheckOutcome, type CheckReport, checksAsJunit } from "../output/check_report.ts";
import { subjectOf as deviceSubject } from "../policy/probe_subject.ts";
import type { ProbeOutcome, ProbeSubject } from "../policy/probe.ts";
import { chosenProbes, runProbes } from "../policy/probe_run.ts";
import { answerText, probesAsText, verdictCount } from "../policy/probe_text.ts";
import { deviceFor, explainOpen } from "../workspace/devices.ts";
import { listHeaps } from "../workspace/inventory.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Context, ParsedOptions, Result } from "./command.ts";
import { checkReportOptions, checksText } from "./_policy_report.ts";
import type { probeOptions } from "./_probe_options.ts";
import { whoAnswered } from "./_who_answered.ts";

/** What the command line says of a probe. */
interface ProbeOptionValues extends ParsedOptions<typeof probeOptions> {
  readonly select: readonly string[] | undefined;
  readonly ignore: readonly string[] | undefined;
  readonly profile: string | undefined;
  readonly tap?: boolean;
  readonly lava?: boolean;
  /** The file of a JUnit report. */
  readonly junit?: string | undefined;
}

/** Says why a file that makes dma-bufs cannot be opened, before anything is asked of it. */
function mustOpen({ kernel }: Workspace, path: string, hint?: string): void {
  const fd = kernel.open(path, O_RDWR);
  if (!isError(fd)) return void kernel.close(fd);
  const error = explainOpen(kernel, path, fd);
  if (hint !== undefined && typeof kernel.stat(path) === "number") error.hint = hint;
  throw error;
}

async function subjectOf(workspace: Workspace, options: ProbeOptionValues): Promise<ProbeSubject> {
  const { on, heap, udmabuf } = options;
  if ([on, heap].filter((name) => name !== undefined).length + Number(udmabuf) > 1) {
    throw new UsageError("--on, --heap and --udmabuf: one subject at a time");
  }
  if (heap !== undefined) {
    if (heap.includes("/")) throw new UsageError(`--heap: "${heap}" is not a name`, { word: heap });
    const heaps = listHeaps(workspace.kernel);
    mustOpen(
      workspace,
      `${HEAP_DIRECTORY}/${heap}`,
      heaps.length === 0 ? "This kernel has no dma-heaps." : `There are: ${heaps.join(", ")}.`,
    );
    return { kind: "heap", name: heap };
  }
  if (udmabuf) {
    mustOpen(workspace, UDMABUF_PATH, "modprobe udmabuf, or a kernel with CONFIG_UDMABUF.");
    return { kind: "udmabuf", name: "udmabuf" };
  }
  return deviceSubject(await deviceFor(workspace, on));
}

function checkOf(outcome: ProbeOutcome): CheckOutcome {
  const { probe, verdict, wanted } = outcome;
  const status = verdict === "finding" ? "fail" : verdict === "skipped" ? "unsupported" : "ok";
  const told = answerText(outcome);
  return {
    // The id alone: what CI systems tell cases apart by.
    name: probe,
    status,
    detail: wanted === undefined ? told : `${told}; asked for is that ${wanted}`,
  };
}

/**
 * Asks and reports: exit 0 without a finding, 1 with one; where nothing got an answer 77, or the exit
 * code of what the kernel refused.
 * @throws {NoDevice} when the subject cannot be opened
 */
export async function probeDevice(
  context: Context,
  { options, words }: { readonly options: ProbeOptionValues; readonly words: readonly string[] },
): Promise<Result> {
  if (words[0] !== undefined) {
    throw new UsageError("--probe asks a device, and runs no script", { word: words[0] });
  }
  checkReportOptions(options);
  const { workspace } = context;
  const { select, ignore, junit, profile: named } = options;
  const profile = named === "threads" ? "threads" : "kernel";
  const chosen = {
    ...(select === undefined ? {} : { select }),
    ...(ignore === undefined ? {} : { ignore }),
  };
  // Names are checked before anything is opened.
  await chosenProbes(chosen);
  const subject = await subjectOf(workspace, options);
  const outcomes = await runProbes(workspace.kernel, subject, {
    ...chosen,
    profile,
    allowHazard: options["allow-hazard"],
    signal: context.signal,
  });
  const { identity } = workspace.kernel;
  // The live kernel's name has its release already.
  const release = identity.backend === "sim" ? `, Linux ${identity.release}` : "";
  const who = `${whoAnswered(workspace)}${release}`;
  const about = `${who}, ${subject.name}, profile ${profile}`;
  const report: CheckReport = { suite: "probe", subject: about, outcomes: outcomes.map(checkOf) };
  if (junit !== undefined) await context.writeFile(junit, `${checksAsJunit(report)}\n`);
  const findings = verdictCount(outcomes, "finding");
  const skipped = verdictCount(outcomes, "skipped");
  return {
    data: {
      subject: subject.name,
      kind: subject.kind,
      who,
      profile,
      ...(subject.version === undefined ? {} : { driver: subject.version.name }),
      probes: outcomes,
      kept: verdictCount(outcomes, "kept"),
      findings,
      facts: verdictCount(outcomes, "fact"),
      skipped,
    },
    text: await checksText(options, report) ?? probesAsText(about, outcomes),
    exitCode: findings > 0
      ? exitCodes.checkFailed
      : skipped === outcomes.length
      ? outcomes.find((outcome) => outcome.exitCode !== undefined)?.exitCode ??
        exitCodes.notSupported
      : exitCodes.done,
  };
}
