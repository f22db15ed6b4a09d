/** @module */
import { defineCommand, type Result } from "./command.ts";
import { refuseWithProbe, reportOptions, settingOptions } from "./_policy_options.ts";
import { needProbe, probeOptions } from "./_probe_options.ts";
import { isTrace } from "./_trace_file.ts";

export const command = defineCommand({
  name: "policy-check",
  summary: "hold what was done against the rules of the threads",
  group: "policy",
  arguments: [
    {
      name: "FILE",
      help: "a script to run (- for standard input) or a trace; else what was done so far",
      optional: true,
    },
  ],
  options: {
    ...settingOptions,
    "write-baseline": { type: "flag", help: "make today's findings the known ones, exit 0" },
    ...reportOptions,
    probe: { type: "flag", help: "ask a device what each rule is about, instead" },
    ...probeOptions,
  },
  details: `Exit 0: nothing at or above --severity; 1: a finding is; 77: nothing was done that
could be checked. What is below is counted, and shown with --notes. boctl explain
lists the rules, boctl explain RULE tells one in full.

A trace (--record FILE) is judged as it is: no device, nothing is done again. A script
that stops at an unexpected refusal is judged up to there; the exit code is the
refusal's. In a script, above a line or at its end:
  # boctl: ignore RULE -- why        (the reason is required)

The nearest boctl.jsonc from the file's folder upward has settings for a project:
select, ignore, severity, profile, baseline; options of the line go before them.
--profile threads is all that the threads ask, kernel only what running kernels ask
themselves (which is what a probe is held to unless told). docs/policy-check.md.`,
  examples: [
    {
      line:
        "--device sim:qemu create --size 4KiB --as a , export a , export a --rdwr , policy-check",
      shows: "late-rdwr",
    },
    { line: "--device sim:panthor policy-check repro.boctl", shows: "a script, judged" },
    { line: "--device sim:panthor@6.12 policy-check --probe", shows: "a device, asked" },
  ],
  ownProcess: ({ options, words }) => words.length > 0 || options.probe,
  needsKernel: ({ words: [name] }) => name === undefined || !isTrace(name),
  async run(context, { options, words }): Promise<Result> {
    if (options.probe) {
      refuseWithProbe(options);
      const { probeDevice } = await import("./_probe.ts");
      const { ruleList } = await import("./_policy_settings.ts");
      const select = ruleList(options.select, "select");
      const ignore = ruleList(options.ignore, "ignore");
      return await probeDevice(context, { options: { ...options, select, ignore }, words });
    }
    needProbe(options);
    const { policyCheck } = await import("./_policy_check.ts");
    return await policyCheck(context, words[0], options);
  },
});
