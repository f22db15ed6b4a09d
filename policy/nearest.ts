/**
 * "Did you mean" for rules.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import { rules } from "./_index.ts";

/** The id of the rule whose name is nearest to what was written. */
export function nearestRule(id: string): string {
  return closestString(id, Object.keys(rules));
}
