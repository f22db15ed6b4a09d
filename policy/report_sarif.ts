/**
 * A report as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), which code hosts
 * show beside the lines.
 *
 * @module
 */
import { version } from "../version.ts";
import type { PolicyReport, ReportedFinding, RuleFacts, Suppression } from "./report.ts";

type Json = Readonly<Record<string, unknown>>;

/** A relative URI of a file; an absolute one has a scheme. */
function uriOf(file: string): string {
  const path = file.split("/").map(encodeURIComponent).join("/");
  return file.startsWith("/") ? `file://${path}` : path;
}

function ruleOf({ id, severity, summary, why, fix }: RuleFacts): Json {
  return {
    id,
    shortDescription: { text: summary },
    fullDescription: { text: why },
    help: { text: fix },
    defaultConfiguration: { level: severity },
  };
}

type Placed = Pick<ReportedFinding, "at"> & Partial<Pick<ReportedFinding, "column" | "source">>;

function locationOf({ at, column, source }: Placed): Json {
  const { file, line, command } = at;
  if (file === undefined) {
    return { logicalLocations: [{ fullyQualifiedName: command, kind: "command" }] };
  }
  const region = {
    startLine: line,
    ...(column === undefined ? {} : { startColumn: column }),
    ...(source === undefined ? {} : { snippet: { text: source } }),
  };
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      ...(line === undefined ? {} : { region }),
    },
  };
}

/** What led to a finding; events of one place are one. */
function relatedOf({ related }: ReportedFinding): readonly Json[] {
  const places = new Map<string, Json>();
  for (const { kind, at } of related) {
    const location = { ...locationOf({ at }), message: { text: `${kind}: ${at.command}` } };
    places.set(JSON.stringify(location), location);
  }
  return [...places.values()];
}

function suppressionOf({ by, reason }: Suppression): Json {
  return {
    kind: by === "comment" ? "inSource" : "external",
    justification: reason,
  };
}

function resultOf(finding: ReportedFinding, index: number): Json {
  const { rule, severity, message, fingerprint, suppressed } = finding;
  const related = relatedOf(finding);
  return {
    ruleId: rule,
    ...(index < 0 ? {} : { ruleIndex: index }),
    level: severity,
    message: { text: message },
    locations: [locationOf(finding)],
    ...(related.length === 0 ? {} : { relatedLocations: related }),
    partialFingerprints: { "boctlRuleAndLine/v1": fingerprint },
    // With none given, the ones that count are told apart from those that nobody looked at.
    suppressions: suppressed === undefined ? [] : [suppressionOf(suppressed)],
  };
}

/** SARIF text: findings in the order of the report, what is not counted as suppressed. */
export function reportAsSarif(report: PolicyReport): string {
  const { rules, findings, subject, who, profile, threshold, stopped } = report;
  const indices = new Map(rules.map(({ id }, i) => [id, i]));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: {
        driver: { name: "boctl", version, rules: rules.map(ruleOf) },
      },
      invocations: [
        stopped === undefined ? { executionSuccessful: true } : {
          executionSuccessful: stopped.skipped,
          toolExecutionNotifications: [{
            level: stopped.skipped ? "note" : "error",
            message: { text: stopped.message },
          }],
        },
      ],
      columnKind: "utf16CodeUnits",
      results: findings.map((finding) => resultOf(finding, indices.get(finding.rule) ?? -1)),
      properties: { subject, on: who, profile, threshold },
    }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
