/**
 * Checks as LAVA reads them from a test job's output: a signal line each.
 *
 * @module
 */
import type { CheckReport } from "./check_report.ts";

const results = { ok: "pass", unsupported: "skip", fail: "fail" } as const;

/** LAVA's test case ids have letters, digits and `_-.`; anything else would end the signal. */
function idOf(name: string): string {
  const id = name.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^-+|-+$/g, "");
  return id === "" ? "check" : id;
}

/** `<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=… RESULT=…>` for each check; ids are made unique. */
export function checksAsLava({ outcomes }: CheckReport): string {
  const used = new Set<string>();
  return outcomes.map(({ name, status }) => {
    const base = idOf(name);
    let id = base;
    for (let next = 2; used.has(id); next++) id = `${base}-${next}`;
    used.add(id);
    return `<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=${id} RESULT=${results[status]}>`;
  }).join("\n");
}
