/**
 * "Did you mean" for rules and facts.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import { rules } from "./_index.ts";
import { facts } from "./facts/_index.ts";

/** "Did you mean", of rules and facts. */
export function suggestPage(id: string): string {
  return didYouMean(id, [...Object.keys(rules), ...Object.keys(facts)]);
}

/** "Did you mean", of rules alone. */
export function suggestRule(id: string): string {
  return didYouMean(id, Object.keys(rules));
}
