// The probes on the real kernel of the guest, beside direct calls and the table of its mirror.
import { openLiveKernel } from "../ffi/live_kernel.ts";
import { liveTest, machine, machines } from "./_machine.ts";
import { agreeWithCalls } from "./_probe_agrees.ts";
import { checkProbes, probeRows } from "./_probe_rows.ts";

for (const name of machines) {
  for (const row of probeRows[name]) {
    liveTest(
      `${name}: the probes of ${row.subject} see what direct calls see`,
      [name],
      async () => {
        const outcomes = await checkProbes("--backend live", row);
        const kernel = openLiveKernel();
        try {
          agreeWithCalls(kernel, machine ?? name, row.subject, outcomes);
        } finally {
          kernel.dispose();
        }
      },
    );
  }
}
