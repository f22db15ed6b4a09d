import { assertEquals } from "@std/assert";
import { probes } from "../policy/probes/_index.ts";
import { runFaultCase } from "./_fault_cases.ts";
import { deviceGone } from "./_fault_gone.ts";
import { tryLine } from "./_fault_trial.ts";

/** Boards, what is probed there, and of how many calls one fails. */
const subjects: readonly (readonly [board: string, subject: string, every: number])[] = [
  ["sim:panthor", "--on /dev/dri/renderD128", 3],
  ["sim:panthor@6.12", "--on /dev/dri/renderD128", 7],
  ["sim:panfrost", "--on /dev/dri/renderD128", 7],
  ["sim:qemu", "--on /dev/dri/card0", 7],
  ["sim:qemu", "--heap system", 7],
  ["sim:qemu", "--udmabuf", 7],
];

for (const [board, subject, every] of subjects) {
  for (const id of Object.keys(probes)) {
    Deno.test(`${board} ${subject}: ${id}: any kernel call may fail, and nothing is left`, async () => {
      // The other probe has an answer everywhere, so that a lost one does not end in its exit code.
      const line = `policy-check --probe --allow-hazard --select ${id},bracket-flags ${subject}`;
      const target = { choose: ["--device", board], places: {} };
      const { trials, wrong } = await runFaultCase(
        target,
        { name: id, line, checks: true },
        { every },
      );
      assertEquals(wrong, []);
      assertEquals(trials > 0, true);
    });
  }
}

Deno.test("a probe's device may go away at any call, and nothing is left", async () => {
  const words = [..."--device sim:panthor policy-check --probe".split(" "), "--ignore"];
  // These two make hundreds of the same calls.
  words.push("sync-range-exact,bracket-is-whole");
  const { calls } = await tryLine(words, undefined, (kernel) => deviceGone(kernel, Infinity));
  for (let at = 1; at <= calls; at += 3) {
    const { code, out, err, leaks, thrown } = await tryLine(
      words,
      undefined,
      (kernel) => deviceGone(kernel, at),
    );
    const told = `${out}${err}`.includes("ENODEV");
    assertEquals([leaks, thrown, told], [[], undefined, true], `gone at call ${at}: ${out}${err}`);
    assertEquals([0, 1, 3, 4].includes(code ?? -1), true, `gone at call ${at}: exit ${code}`);
  }
});
