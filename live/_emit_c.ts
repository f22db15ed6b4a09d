/**
 * Reproductions as C programs: which are built on the host for a machine, and what they do in it.
 *
 * @module
 */
import type { StyleName } from "../emit/styles/mod.ts";
import { boards, type MachineName } from "./_machine.ts";
import { pathOf, type Reproduction, reproductions } from "./_reproductions.ts";

/** Where programs lie, below the folder that host and guest share. */
export const FOLDER = "emit-c";

/** How a program ends. */
export type Outcome = "pass" | "needs the simulator" | "no device" | "different";

/** One program. */
export interface CProgram {
  /** Name of its file. */
  readonly name: string;
  readonly script: string;
  /** The simulated board that it is recorded on. */
  readonly board: string;
  readonly style: StyleName;
  readonly outcome: Outcome;
  /** What is changed in its text, so that it expects what no kernel answers. */
  readonly change?: { readonly from: string; readonly to: string };
}

const styles = ["plain", "kselftest", "igt"] as const;

function programsOf(script: Reproduction, board: string, outcome: Outcome): CProgram[] {
  return (script.once === "c" ? ["plain" as const] : styles).map((style) => ({
    name: `${script.name}-${script.device}-${style}`,
    script: pathOf(script),
    board: `${board}/${script.device}`,
    style,
    outcome,
  }));
}

/** The programs of a machine, recorded on the board that mirrors it. */
export function programsFor(machine: MachineName): readonly CProgram[] {
  const own = reproductions.filter(({ on, once, dependsOnCaches }) =>
    on.includes(machine) && once !== "script" && dependsOnCaches !== true
  ).flatMap((script) =>
    programsOf(
      script,
      boards[machine],
      script.simulatedOnly === true ? "needs the simulator" : "pass",
    )
  );
  // One that is at home on the machines of the other architecture.
  const other = machine.startsWith("amd64") ? "arm64-7.2" : "amd64-7.2";
  const foreign = reproductions.find(({ on, simulatedOnly }) =>
    on.includes(other) && !on.includes(machine) && simulatedOnly !== true
  );
  const [first] = own;
  const changed = first === undefined ? [] : [{
    ...first,
    name: `${first.name}-changed`,
    outcome: "different" as const,
    change: { from: "-EACCES)", to: "-EPERM)" },
  }];
  return [
    ...own,
    ...changed,
    ...(foreign === undefined ? [] : programsOf(foreign, boards[other], "no device")),
  ];
}
