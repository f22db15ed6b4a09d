// "Nothing leaks", on the real kernels of the guests: see faults_test.ts.
import { assertEquals } from "@std/assert";
import { liveTest, type MachineName } from "../live/_machine.ts";
import { casesFor, faultErrnos, runFaultCase } from "./_fault_cases.ts";
import type { FaultPlaces } from "./_fault_list.ts";

// Nodes, not drivers: names are looked for by opening every node, which faults_test.ts walks.
const amd64: FaultPlaces = {
  dumb: "card0",
  importer: "card3",
  path: "/dev/dri/card0",
  heap: "system",
  udmabuf: "yes",
};
const arm64: FaultPlaces = {
  private: "renderD131",
  dumb: "card0",
  importer: "renderD129",
  sysfs: "78200000.gpu",
  udmabuf: "yes",
};
interface Machine {
  readonly on: MachineName;
  /** What commands without --on work on. */
  readonly device: string;
  readonly places: FaultPlaces;
}
const machines: readonly Machine[] = [
  { on: "amd64-6.12", device: "card0", places: amd64 },
  { on: "arm64-6.12", device: "renderD131", places: arm64 },
  { on: "arm64-7.2", device: "renderD131", places: { ...arm64, gpu: "renderD131" } },
  { on: "arm64-7.2", device: "renderD129", places: { gpu: "renderD129", dumb: "card0" } },
];

for (const { on, device, places } of machines) {
  for (const faultCase of casesFor(places)) {
    const name = `${faultCase.name}: any kernel call may fail, and nothing is left (${device})`;
    liveTest(name, [on], async () => {
      // Every second call fails, with one errno after the other: emulation is slow.
      const options = { every: 2 * faultErrnos.length };
      const { wrong } = await runFaultCase(
        { choose: ["--backend", "live", "--device", device], places },
        faultCase,
        options,
      );
      assertEquals(wrong, []);
    });
  }
}
