// The call cases on the real kernel of the guest: one test a subject and GPU, since each test of a
// guest costs a second of emulation.
import { assertEquals, AssertionError } from "@std/assert";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import { openLiveKernel } from "../ffi/live_kernel.ts";
import { Bench } from "./calls/_bench.ts";
import type { CallCase } from "./calls/_call_case.ts";
import { everyGpu as gpus, type Gpu } from "./calls/_gpus.ts";
import { callGroups } from "./calls/mod.ts";
import { LiveSurroundings } from "./calls/_live_surroundings.ts";
import { everyArm64, liveTest, machine } from "./_machine.ts";

/** Runs a case; what is wrong with it, or nothing. */
function failureOf({ name, run }: CallCase, gpu: Gpu): string[] {
  const kernel = accountingKernel(openLiveKernel());
  using around = new LiveSurroundings();
  try {
    {
      using bench = new Bench(kernel, gpu, machine === "arm64-7.2", around);
      run(bench);
    }
    assertEquals(kernel.leaks(), []);
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    kernel.dispose();
  }
}

for (const [subject, cases] of Object.entries(callGroups)) {
  for (const gpu of gpus) {
    const own = cases.filter(({ on }) => on.includes(gpu));
    if (own.length === 0) continue;
    liveTest(`calls: ${own.length} cases of ${subject} on ${gpu.node}`, everyArm64, () => {
      const failures = own.flatMap((wanted) => failureOf(wanted, gpu));
      if (failures.length > 0) throw new AssertionError(failures.join("\n"));
      return Promise.resolve();
    });
  }
}
