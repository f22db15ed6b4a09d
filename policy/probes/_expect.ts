/**
 * What profiles ask for, in the forms that most probes share.
 *
 * @module
 */
import type { Expect, Expectation, Observed } from "../probe.ts";

/** The call is refused with this errno. */
export function refusedWith(errno: string, what: string): Expect {
  return (seen) => refusal(seen, errno, what);
}

/** As {@linkcode refusedWith}, for an {@linkcode Expect} that looks at its subject first. */
export function refusal(seen: Observed, errno: string, what: string): Expectation {
  return {
    kept: seen.answer === "refused" && seen.errno === errno,
    wanted: `${what} is refused with ${errno}`,
  };
}

/** The call succeeds. */
export function allowance(seen: Observed, what: string): Expectation {
  return { kept: seen.answer === "allowed", wanted: `${what} succeeds` };
}

/** The call succeeds, whoever is asked. */
export function allowed(what: string): Expect {
  return (seen) => allowance(seen, what);
}
