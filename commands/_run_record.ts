/**
 * What became of a script's run: its steps, counts and failures, and the cases of its report.
 *
 * @module
 */
import type { BoctlError } from "../errors.ts";
import type { CheckOutcome } from "../output/check_report.ts";
import { plural } from "../output/plural.ts";
import type { Script } from "./_load_script.ts";
import { locationOf } from "./_location.ts";
import type { Step } from "./_run_script.ts";
import { isSkip, stepData } from "./_step_text.ts";

/** How many steps an answer has at most, and how many failures; the others are counted. */
const MOST_KEPT = 10_000;

/** What became of one line, which a repeat runs several times. */
interface LineRecord {
  readonly name: string;
  runs: number;
  failures: number;
  skips: number;
  first: string;
}

/** Collects a script's run. */
export class RunRecord {
  readonly script: Script;
  /** Commands that ran. */
  commands = 0;
  /** Expectations that held. */
  held = 0;
  failed = 0;
  skipped = 0;
  /** The first failures and skips, in order. */
  readonly failures: BoctlError[] = [];
  readonly #steps: Record<string, unknown>[] = [];
  readonly #lines = new Map<string, LineRecord>();

  constructor(script: Script) {
    this.script = script;
  }

  /** Takes a step. */
  take(step: Step): void {
    const { expectation, failure } = step;
    this.commands++;
    if (failure === undefined && expectation !== undefined) this.held++;
    if (this.#steps.length < MOST_KEPT) this.#steps.push(stepData(this.script, step));
    if (expectation !== undefined || failure !== undefined) this.#note(step);
    if (failure !== undefined) this.#fail(failure);
  }

  /** Takes what ended the run, where no step had it: a requirement, a variable. */
  end(error: BoctlError): void {
    if (this.failures.includes(error)) return;
    const at = locationOf(error);
    this.#fail(error);
    const place = at === undefined ? this.script.file : `${at.file}:${at.line}`;
    this.#lines.set(`${place} `, {
      name: place,
      runs: 1,
      failures: isSkip(error) ? 0 : 1,
      skips: isSkip(error) ? 1 : 0,
      first: error.message,
    });
  }

  /** `PASS`, `FAIL` or `SKIP`. */
  get verdict(): "PASS" | "FAIL" | "SKIP" {
    return this.failed > 0 ? "FAIL" : this.skipped > 0 ? "SKIP" : "PASS";
  }

  /** `3 commands, 2 expectations held`, and what failed. */
  get counts(): string {
    return `${plural(this.commands, "command")}, ${plural(this.held, "expectation")} held` +
      (this.failed > 0 ? `, ${this.failed} failed` : "") +
      (this.skipped > 0 ? `, ${this.skipped} not supported` : "");
  }

  /** As `--json` has it. */
  data(who: string): Record<string, unknown> {
    const omitted = this.commands - this.#steps.length;
    return {
      file: this.script.file,
      commands: this.commands,
      expectations: this.held,
      who,
      ...(this.failed > 0 ? { failed: this.failed } : {}),
      ...(this.skipped > 0 ? { notSupported: this.skipped } : {}),
      steps: this.#steps,
      ...(omitted > 0 ? { stepsOmitted: omitted } : {}),
    };
  }

  /**
   * The cases of a report: one for each line with an expectation and each that failed, and one for
   * the file where there is none.
   */
  cases(): readonly CheckOutcome[] {
    const cases = [...this.#lines.values()].map(
      ({ name, runs, failures, skips, first }): CheckOutcome => ({
        name,
        status: failures > 0 ? "fail" : skips > 0 ? "unsupported" : "ok",
        detail: runs > 1 && failures + skips > 0
          ? `${failures + skips} of ${runs}: ${first}`
          : first,
      }),
    );
    return cases.length > 0
      ? cases
      : [{ name: this.script.file, status: "ok", detail: this.counts }];
  }

  #fail(failure: BoctlError): void {
    if (isSkip(failure)) this.skipped++;
    else this.failed++;
    if (this.failures.length < MOST_KEPT) this.failures.push(failure);
  }

  #note({ at, statement, failure }: Step): void {
    const place = `${at.file}:${at.line}`;
    const line = this.#lines.get(place) ??
      { name: `${place}: ${statement.source.trim()}`, runs: 0, failures: 0, skips: 0, first: "" };
    this.#lines.set(place, line);
    line.runs++;
    if (failure === undefined) return;
    if (isSkip(failure)) line.skips++;
    else line.failures++;
    line.first ||= failure.message;
  }
}
