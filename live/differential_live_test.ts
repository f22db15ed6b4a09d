// Random calls on the guest's kernel and on the board that mirrors it: every answer is the same.
import { assertEquals } from "@std/assert";
import { differ } from "../differential/main.ts";
import { mirrorOf } from "../differential/machines.ts";
import { openLiveKernel } from "../ffi/live_kernel.ts";
import { boards, liveTest, machine } from "./_machine.ts";

/** Calls in each machine. */
const CALLS = 20_000;
/** The first seed; a run of another length begins with the same sequences. */
const SEED = 1;

liveTest(
  `${CALLS.toLocaleString("en")} random calls are answered alike by the kernel and the simulator`,
  // One kernel of each architecture: a minute each. The others are a task's.
  ["amd64-6.12", "arm64-7.2"],
  () => {
    if (machine === undefined) throw new Error("no machine");
    const board = boards[machine].slice("sim:".length);
    const live = openLiveKernel();
    try {
      const kernels = { live, simulated: () => mirrorOf(board) };
      const { calls, disagreements } = differ(kernels, board, SEED, CALLS, 3);
      // deno-lint-ignore no-console -- the count is what CI is asked for
      console.log(
        `${disagreements.length} disagreements in ${calls} calls (${board}, seed ${SEED})`,
      );
      assertEquals(disagreements, []);
    } finally {
      live.dispose();
    }
    return Promise.resolve();
  },
);
