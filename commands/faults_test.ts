import { assert, assertEquals } from "@std/assert";
import { faultCases, type FaultPlaces } from "./_fault_list.ts";
import { casesFor, faultErrnos, type FaultTarget, runFaultCase, withLine } from "./_fault_cases.ts";
import { deviceGone } from "./_fault_gone.ts";
import { tryLine } from "./_fault_trial.ts";
import { heldDifferences } from "./_fault_held.ts";
import { judgeTrial, type Trial } from "./_fault_judge.ts";
import { commands } from "./_index.ts";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { createBuffer, exportBuffer, importDmaBuf } from "../workspace/buffers.ts";
import { openDevice } from "../workspace/devices.ts";
import { Workspace } from "../workspace/workspace.ts";

const shared: FaultPlaces = { heap: "system", udmabuf: "yes", deviceSide: "yes" };
const boards: Readonly<Record<string, FaultPlaces>> = {
  panthor: {
    ...shared,
    gpu: "panthor",
    private: "panthor",
    dumb: "vgem",
    importer: "rockchip",
    path: "/dev/dri/renderD128",
    sysfs: "fb000000.gpu",
    compatible: "rockchip,rk3588-mali",
  },
  panfrost: {
    ...shared,
    gpu: "panfrost",
    dumb: "vgem",
    importer: "rockchip",
    path: "/dev/dri/renderD128",
    sysfs: "ff9a0000.gpu",
    compatible: "rockchip,rk3399-mali",
  },
  qemu: {
    ...shared,
    dumb: "vgem",
    importer: "cirrus",
    path: "/dev/dri/card0",
    sysfs: "0000:00:11.0",
  },
};

for (const [board, places] of Object.entries(boards)) {
  const target: FaultTarget = { choose: ["--device", `sim:${board}`], places };
  for (const faultCase of casesFor(places)) {
    Deno.test(`sim:${board}: ${faultCase.name}: any kernel call may fail, and nothing is left`, async () => {
      const { wrong } = await runFaultCase(target, faultCase);
      assertEquals(wrong, []);
    });
  }
}

const misc: FaultPlaces = { dumb: "vgem", importer: "kbase", path: "/dev/mali0" };

// A device that is no DRM node, whose handles are mappings, and which exports nothing.
for (const faultCase of casesFor(misc)) {
  if (!/^(create|list|import into another)/.test(faultCase.name)) continue;
  Deno.test(`sim:kbase: ${faultCase.name}: any kernel call may fail, and nothing is left`, async () => {
    const target = { choose: ["--device", "sim:kbase"], places: misc };
    assertEquals((await runFaultCase(target, faultCase)).wrong, []);
  });
}

for (const faultCase of casesFor(boards["panthor"] ?? {})) {
  Deno.test(`sim:panthor: ${faultCase.name}: the device may go away at any call`, async () => {
    const target = { choose: ["--device", "sim:panthor"], places: boards["panthor"] ?? {} };
    await withLine(target, faultCase, async (words) => {
      const goneAt = (at: number): Promise<Trial> =>
        tryLine(words, undefined, (kernel) => deviceGone(kernel, at));
      const { calls } = await goneAt(Infinity);
      for (let at = 1; at <= calls; at++) {
        const { code, thrown, leaks, err } = await goneAt(at);
        const text = `gone at call ${at}: ${err} ${thrown}`;
        assertEquals(leaks, [], text);
        assert(code !== undefined && [0, 1, 3, 4].includes(code), text);
        assert(code < 3 || err.includes("ENODEV"), text);
      }
    });
  });
}

Deno.test("faultCases use every command", () => {
  const lines = faultCases.flatMap(({ line, script = [] }) => [...line.split(" , "), ...script]);
  const used = new Set(lines.map((line) => line.replace(/^expect \S+ /, "").split(" ")[0]));
  // These make no call of their own (a trial of minimize is a script's), or more than can be failed
  // one by one: see trace_faults_test.ts.
  const without = ["session", "board", "diff", "minimize", "attest", "replay"];
  const unused = Object.keys(commands).filter((name) => !used.has(name));
  assertEquals(unused.filter((name) => !without.includes(name)), []);
});

Deno.test("faultCases are all tried on one board or another", () => {
  const tried = new Set(Object.values(boards).flatMap((places) => casesFor(places)));
  assertEquals(faultCases.filter((faultCase) => !tried.has(faultCase)), []);
});

Deno.test("runFaultCase() tells of a case that fails without a fault", async () => {
  const target = { choose: ["--device", "sim:panthor"], places: {} };
  const { trials, wrong } = await runFaultCase(target, { name: "", line: "create --size 0" });
  assertEquals(trials, 0);
  assertEquals(wrong.length, 1);
  assert(wrong[0]?.includes("exit 3"), wrong[0]);
});

Deno.test("runFaultCase() lets only every n-th call fail where that is asked", async () => {
  const target = { choose: ["--device", "sim:panthor"], places: {} };
  const faultCase = { name: "", line: "create --size 4KiB" };
  const all = await runFaultCase(target, faultCase);
  const some = await runFaultCase(target, faultCase, { every: faultErrnos.length });
  assertEquals(some.trials * faultErrnos.length, all.trials);
});

Deno.test("heldDifferences() agrees with a workspace that holds what is open", async () => {
  const kernel = accountingKernel(openSimulatedKernel(loadBoard("panthor")));
  const workspace = new Workspace(kernel);
  const device = await openDevice(workspace, undefined);
  const request = { size: 4096n, cached: false, private: false, noMmap: false, flags: [] };
  const buffer = createBuffer(workspace, device, request);
  const dmaBuf = exportBuffer(workspace, buffer, { rdwr: true, cloexec: true });
  importDmaBuf(workspace, dmaBuf, device);
  assertEquals(heldDifferences(workspace, kernel.leaks()), []);

  workspace.useHandle(device, buffer.handle, "ghost");
  assertEquals(heldDifferences(workspace, kernel.leaks()), [
    'panthor notes handles "1: bo1, bo2, ghost", held are "1: bo1, bo2"',
  ]);
  device.handles.get(buffer.handle)?.delete("ghost");

  kernel.close(dmaBuf.fd);
  const stray = kernel.dup(device.fd);
  assertEquals(stray, dmaBuf.fd);
  const another = kernel.dup(device.fd);
  assertEquals(heldDifferences(workspace, kernel.leaks()), [
    `open without a name: descriptor ${another}`,
  ]);
  kernel.close(another);
  kernel.close(stray);
  assertEquals(heldDifferences(workspace, kernel.leaks()), [
    `held, but not open: descriptor ${dmaBuf.fd}`,
  ]);
  workspace.close();
});

const well: Trial = {
  code: 0,
  out: "done",
  err: "",
  calls: 9,
  failed: undefined,
  differences: [],
  leaks: [],
};
const anyCase = { name: "", line: "" };

/** What became of a line whose mmap failed with EIO. */
function afterMmap(trial: Partial<Trial>): number {
  return judgeTrial(anyCase, well, { ...well, failed: "mmap(4096, 3)", ...trial }, "EIO").length;
}

Deno.test("judgeTrial() takes exit 3 with call and errno, and nothing else, for a refused call", () => {
  assertEquals(afterMmap({ code: 3, err: "boctl: mmap on a: EIO" }), 0);
  assertEquals(afterMmap({ code: 3, err: "boctl: mmap on a" }), 1);
  assertEquals(afterMmap({ code: 3, err: "boctl: EIO" }), 1);
  assertEquals(afterMmap({ code: 4, err: "boctl: mmap on a: EIO" }), 1);
  assertEquals(afterMmap({ code: 1, err: "boctl: mmap on a: EIO" }), 1);
  assertEquals(afterMmap({ code: 0, out: "something else" }), 1);
  assertEquals(afterMmap({ code: 0 }), 0);
  assertEquals(afterMmap({ code: undefined, thrown: new TypeError("a bug") }), 1);
});

Deno.test("judgeTrial() wants retried calls to change nothing", () => {
  const failed = "ioctl(3, 0xc0406400)";
  for (const name of ["EINTR", "EAGAIN"] as const) {
    assertEquals(judgeTrial(anyCase, well, { ...well, failed }, name), []);
    assertEquals(
      judgeTrial(anyCase, well, { ...well, failed, code: 3, err: name }, name).length,
      1,
    );
  }
});

Deno.test("judgeTrial() tells of what is half-made and of what is left", () => {
  const trial = { ...well, differences: ["open without a name: VM 1"], leaks: ["descriptor 3"] };
  assertEquals(judgeTrial(anyCase, well, trial, "EIO"), [
    "open without a name: VM 1",
    "left open at the end: descriptor 3",
  ]);
});
