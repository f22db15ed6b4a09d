/** How the live tests of one machine went. */
export interface MachineSummary {
  readonly machine: string;
  readonly state: "ran" | "not set up" | "no time" | "broken";
  /** Debian's kernel release; undefined where the machine is not set up. */
  readonly kernel?: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of failed tests, and what else went wrong, one line each. */
  readonly failures: readonly string[];
  /** Seconds from the start of the boot to its end. */
  readonly seconds: number;
}

/** How the live tests went; the shape of the `--summary` file. */
export interface LiveSummary {
  readonly schema: "boctl-live-summary/1";
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly machines: readonly MachineSummary[];
}

/**
 * Adds up the machines. Nothing is "ok" unless a test ran on every machine that was set up, and
 * one at least was. Those that no time was left for do not count.
 *
 * @param machines one for each machine asked for.
 * @param seconds wall-clock time of the whole run.
 * @param required whether a machine that is not set up is a failure.
 */
export function summarize(
  machines: readonly MachineSummary[],
  seconds: number,
  required: boolean,
): LiveSummary {
  const sum = (count: (machine: MachineSummary) => number): number =>
    machines.reduce((total, machine) => total + count(machine), 0);
  const timely = machines.filter((machine) => machine.state !== "no time");
  const there = timely.filter((machine) => machine.state !== "not set up");
  const failed = sum((machine) => machine.failed);
  const allRan = there.every((machine) => machine.state === "ran" && machine.passed > 0);
  const enough = there.length > 0 && (!required || there.length === timely.length);
  return {
    schema: "boctl-live-summary/1",
    ok: failed === 0 && allRan && enough,
    passed: sum((machine) => machine.passed),
    failed,
    skipped: sum((machine) => machine.skipped),
    seconds: Math.round(seconds * 10) / 10,
    machines,
  };
}

/** The last line of the program: `live: N passed, N failed, N skipped (machines ..., S s)`. */
export function summaryLine(summary: LiveSummary): string {
  const ran = summary.machines.filter(({ state }) => state === "ran" || state === "broken");
  const names = ran.map((machine) => machine.machine).join(" ");
  return `live: ${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped ` +
    `(machines ${names === "" ? "none" : names}, ${summary.seconds.toFixed(1)} s)`;
}
