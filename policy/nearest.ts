/**
 * "Did you mean" for rules and facts.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import { rules } from "./_index.ts";
import { facts } from "./facts/_index.ts";

/** The id of the rule or fact whose name is nearest to what was written. */
export function nearestPage(id: string): string {
  return closestString(id, [...Object.keys(rules), ...Object.keys(facts)]);
}

/** The id of the rule whose name is nearest to what was written. */
export function nearestRule(id: string): string {
  return closestString(id, Object.keys(rules));
}
