// The probes on the boards that mirror the guests: the table that the real kernels are held to.
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { boards, machines } from "./_machine.ts";
import { agreeWithCalls } from "./_probe_agrees.ts";
import { checkProbes, probeRows } from "./_probe_rows.ts";

for (const machine of machines) {
  for (const row of probeRows[machine]) {
    Deno.test(`the probes of ${row.subject} on ${boards[machine]} see what direct calls see`, async () => {
      const outcomes = await checkProbes(`--device ${boards[machine]}`, row);
      const kernel = openSimulatedKernel(loadBoard(boards[machine].slice("sim:".length)));
      agreeWithCalls(kernel, machine, row.subject, outcomes);
    });
  }
}
