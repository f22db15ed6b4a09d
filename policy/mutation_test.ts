// Random legal programs give no finding; each with one sync removed, shortened by a line, moved or
// turned round, or with another user at the wrong moment, gives the right one, or does no harm by the
// simulator's own counts.
import { assert, assertEquals } from "@std/assert";
import { printOut } from "../output/terminal.ts";
import { type Board, loadBoard } from "../sim/board.ts";
import { chosenRules, type RuleFinding, runRules } from "./check.ts";
import { mutants } from "./_mutations.ts";
import { type Program, randomProgram, stepText } from "./_programs.ts";
import { type Ran, runProgram } from "./_run_program.ts";

const PROGRAMS = 60;

const panfrost = loadBoard("panfrost");
/** Devices that do not see the CPU's caches, with lines of several sizes, and one that evicts early. */
const boards: readonly Board[] = [
  panfrost,
  loadBoard("panthor"),
  { ...panfrost, lineBytes: 32 },
  { ...panfrost, lineBytes: 128 },
  { ...panfrost, eviction: { seed: 3, oneIn: 3 } },
];

const rules = await chosenRules();

/** What the rules find, notes left out. */
function judged(ran: Ran): RuleFinding[] {
  const findings: RuleFinding[] = [];
  runRules(rules, ran.journal, (finding) => void findings.push(finding));
  return findings.filter(({ severity }) => severity !== "note");
}

function harm({ staleForDevice, staleForCpu, discarded }: Ran): number {
  return staleForDevice + staleForCpu + discarded;
}

function boardOf(seed: number): Board {
  return boards[seed % boards.length] ?? panfrost;
}

function shown(seed: number, program: Program, findings: readonly RuleFinding[]): string {
  const steps = program.steps.map((step, i) => `${i + 1} ${stepText(step)}`);
  const told = findings.map(({ severity, rule, message }) => `${severity} ${rule}: ${message}`);
  return [`seed ${seed}: ${program.buffers.join(", ")}`, ...steps, ...told].join("\n");
}

Deno.test("legal programs give no finding and do no harm, on any board", async () => {
  const wrong: string[] = [];
  const coherent = loadBoard("panthor-coherent");
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const program = randomProgram(seed);
    for (const board of [boardOf(seed), coherent]) {
      const ran = await runProgram(board, program);
      // A generator that makes harmful programs would prove nothing.
      assertEquals(harm(ran), 0, shown(seed, program, []));
      const findings = judged(ran);
      if (findings.length > 0) wrong.push(shown(seed, program, findings));
    }
  }
  printOut(`legal programs: ${2 * PROGRAMS}, false positives: ${wrong.length}`);
  assertEquals(wrong, []);
});

Deno.test("programs with one sync removed, shortened, moved or turned, or one step too many, give the right finding", async () => {
  const missed: string[] = [];
  const mild: string[] = [];
  const counts = { mutants: 0, harmful: 0, found: 0, harmless: 0 };
  const faults = new Set<string>();
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const board = boardOf(seed);
    for (const mutant of mutants(randomProgram(seed), board.lineBytes)) {
      const ran = await runProgram(board, mutant);
      const findings = judged(ran);
      const harmful = harm(ran) > 0;
      const right = findings.some(({ rule }) => mutant.right.includes(rule));
      counts.mutants++;
      if (harmful) counts.harmful++;
      if (right) {
        counts.found++;
        faults.add(mutant.fault);
      } else if (harmful || mutant.always) {
        missed.push(`${mutant.fault}: ${shown(seed, mutant, findings)}`);
      } else counts.harmless++;
      if (harmful && !findings.some(({ severity }) => severity === "error")) {
        mild.push(`${mutant.fault}: ${shown(seed, mutant, findings)}`);
      }
    }
  }
  printOut(
    `programs with a fault: ${counts.mutants}, harmful by the simulator's counts: ` +
      `${counts.harmful}, found: ${counts.found}, without harm and without a finding: ` +
      `${counts.harmless}, false negatives: ${missed.length}`,
  );
  assertEquals(missed, []);
  assertEquals(mild, []);
  // Each kind of fault was there to be found, and most were.
  assertEquals([...faults].sort(), [
    "begin by another",
    "begin removed",
    "begin turned",
    "end moved",
    "end removed",
    "end turned",
    "line shared",
    "moved",
    "read during the job",
    "removed",
    "shortened",
    "turned",
  ]);
  assert(counts.harmful > counts.mutants / 4, `${counts.harmful} of ${counts.mutants}`);
});
