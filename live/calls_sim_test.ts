// The call cases on the simulated boards that mirror the guests.
import { assertEquals } from "@std/assert";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { Bench, type Surroundings } from "./calls/_bench.ts";
import { callCases } from "./calls/mod.ts";
import { boards, everyArm64 } from "./_machine.ts";

for (const machine of everyArm64) {
  const board = loadBoard(boards[machine].slice("sim:".length));
  for (const { name, on, run } of callCases) {
    for (const gpu of on) {
      Deno.test(`${name} (${boards[machine]}/${gpu.node})`, () => {
        const simulated = openSimulatedKernel(board);
        const around: Surroundings = {
          signalIn: (ms) => simulated.signalAt(simulated.now() + BigInt(ms) * 1_000_000n),
          unplug: (_driver, device) => simulated.unplug(`platform/${device}`),
        };
        const kernel = accountingKernel(simulated);
        {
          using bench = new Bench(kernel, gpu, machine === "arm64-7.2", around);
          run(bench);
        }
        assertEquals(kernel.leaks(), []);
      });
    }
  }
}

Deno.test("no two call cases have the same name", () => {
  const names = callCases.map(({ name }) => name);
  assertEquals(names.filter((one, i) => names.indexOf(one) !== i), []);
});
