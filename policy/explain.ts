/**
 * What there is to know about a rule or a fact, as a plain-text page.
 *
 * @module
 */
import { wrapText } from "../output/wrap.ts";
import type { Fact } from "./fact.ts";
import type { Profile, Rule } from "./rule.ts";

export { suggestPage, suggestRule } from "./nearest.ts";

const profiles: Readonly<Record<Profile, string>> = {
  kernel: "kernel: kernels that run today refuse, promise or demand it themselves.",
  threads: "threads: the mail threads ask for it; a kernel that allows it keeps its own promises.",
};

const WIDTH = 80;

/** A paragraph, in lines of at most `WIDTH` columns. */
function wrap(paragraph: string, indent: string): string[] {
  return wrapText(paragraph, WIDTH, indent);
}

function section(title: string, text: string): string[] {
  const body = text.split("\n").flatMap((paragraph) =>
    paragraph.startsWith("  ") ? [`  ${paragraph}`] : wrap(paragraph, "  ")
  );
  return ["", title, ...body];
}

/** A page about a rule: at most 80 columns, ending with a newline. */
export function explainRule(rule: Rule): string {
  const lines = [
    `${rule.id} (${rule.severity})`,
    ...wrap(rule.summary, ""),
    ...section("Why", rule.why),
    ...section("Source", rule.source),
    ...section(`Kernel (enforced: ${rule.enforced})`, rule.kernel),
    ...section("Profile", profiles[rule.profile]),
    ...(rule.hazard === undefined ? [] : section("Hazard", rule.hazard)),
    ...section("Fix", rule.fix),
  ];
  return `${lines.join("\n")}\n`;
}

/** A page about a fact, in the same form. */
export function explainFact(fact: Fact): string {
  const lines = [
    `${fact.id} (fact)`,
    ...wrap(fact.summary, ""),
    ...section("Why", fact.why),
    ...section("Source", fact.source),
    ...section("Kernel", fact.kernel),
    ...section("Instead", fact.instead),
  ];
  return `${lines.join("\n")}\n`;
}
