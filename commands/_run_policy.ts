/**
 * `run --policy`: what a script did, held against the rules.
 *
 * @module
 */
import type { CheckOutcome } from "../output/check_report.ts";
import { judgeJournal, type PlacedIgnore } from "../policy/judge.ts";
import { verdictOf } from "../policy/report.ts";
import { outcomesOf } from "../policy/report_checks.ts";
import { countsText, findingsAsText } from "../policy/report_text.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { columnsOf } from "./_columns.ts";
import type { Context } from "./command.ts";
import type { Script } from "./_load_script.ts";
import { ignoresOf, linesOf } from "./_policy_script.ts";
import { reportData } from "./_policy_report.ts";
import { type Settings, settingsFor } from "./_policy_settings.ts";
import { whoAnswered } from "./_who_answered.ts";

/** What came of it. */
export interface RunPolicy {
  readonly failed: boolean;
  /** Findings that count, and remarks. */
  readonly lines: readonly string[];
  /** `policy: 1 error, 0 warnings, 0 notes`. */
  readonly counts: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** A case for each rule that is broken, or one for all. */
  readonly outcomes: readonly CheckOutcome[];
}

/** Judges a script's workspace once it has run. */
export class PolicyOfRun {
  readonly #script: Script;
  readonly #settings: Settings;
  readonly #ignores: readonly PlacedIgnore[];
  readonly #columns: number | undefined;

  private constructor(script: Script, settings: Settings, columns: number | undefined) {
    this.#script = script;
    this.#settings = settings;
    this.#columns = columns;
    this.#ignores = ignoresOf(script);
  }

  /**
   * Reads what a script is to be judged by, before it runs.
   * @throws {UsageError} for a malformed boctl.jsonc, baseline or comment
   */
  static async prepare(context: Context, script: Script, name: string): Promise<PolicyOfRun> {
    return new PolicyOfRun(
      script,
      await settingsFor(context, {}, name === "-" ? undefined : name),
      columnsOf(context.asked),
    );
  }

  /** @param stopped it ended before its end */
  async judge(workspace: Workspace, stopped: boolean): Promise<RunPolicy> {
    const report = await judgeJournal({
      name: this.#script.file,
      who: whoAnswered(workspace),
      journal: workspace.journal.events,
      lineAt: linesOf(this.#script),
      ignores: this.#ignores,
      stopped,
    }, this.#settings);
    const broken = outcomesOf(report).filter(({ status }) => status === "fail")
      .map((outcome) => ({ ...outcome, name: `policy ${outcome.name}` }));
    const counts = `policy: ${countsText(report)}`;
    return {
      failed: verdictOf(report) === "fail",
      lines: findingsAsText(report, { all: false, columns: this.#columns }),
      counts,
      data: reportData(report),
      outcomes: broken.length > 0 ? broken : [{ name: "policy", status: "ok", detail: counts }],
    };
  }
}
