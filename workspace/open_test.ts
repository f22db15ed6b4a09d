import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { NoDevice, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import type { Kernel, Stat } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { openDevice } from "./devices.ts";
import { type Choice, openWorkspace } from "./open.ts";
import { kernelOf, SeeminglyLive } from "./_test_kit.ts";

/** A machine without the things named. */
class Without extends WrappedKernel {
  readonly #missing: readonly string[];

  constructor(inner: Kernel, ...missing: string[]) {
    super(inner);
    this.#missing = missing;
  }

  override readDirectory(path: string): readonly string[] | number {
    return this.#missing.includes(path) ? -errno.ENOENT : super.readDirectory(path);
  }

  override stat(path: string): Stat | number {
    return this.#missing.includes(path) ? -errno.ENOENT : super.stat(path);
  }
}

const DRI = "/dev/dri";
const HEAPS = "/dev/dma_heap";
const UDMABUF = "/dev/udmabuf";

/** This machine: the amd64 test machine, without what is named. */
function machine(...missing: string[]): SeeminglyLive {
  return new SeeminglyLive(new Without(kernelOf("qemu"), ...missing));
}

interface Outcome {
  /** `live`, a board, or what was thrown. */
  readonly on: string;
  readonly spec?: string | undefined;
  readonly notices: readonly string[];
  readonly disposed: boolean;
}

async function choose(
  live: SeeminglyLive,
  choice: Partial<Omit<Choice, "notice" | "openLive">>,
): Promise<Outcome> {
  const notices: string[] = [];
  try {
    const workspace = await openWorkspace({
      device: undefined,
      backend: undefined,
      ...choice,
      notice: (line) => void notices.push(line),
      openLive: () => Promise.resolve(live),
    });
    const { name } = workspace.kernel.identity;
    return { on: name, spec: workspace.deviceSpec, notices, disposed: live.disposed };
  } catch (error) {
    if (!(error instanceof NoDevice || error instanceof UsageError)) throw error;
    return { on: `${error.name}: ${error.message}`, notices, disposed: live.disposed };
  }
}

const nothing = [DRI, HEAPS, UDMABUF];

Deno.test("openWorkspace() takes this machine wherever it has something", async () => {
  for (const missing of [[], [DRI], [DRI, HEAPS], [DRI, UDMABUF]]) {
    const { on, notices, disposed } = await choose(machine(...missing), {});
    assertEquals([on, notices, disposed], ["live", [], false], missing.join());
  }
});

Deno.test("openWorkspace() stands a board in where no device is named and there is none", async () => {
  const { on, spec, notices, disposed } = await choose(machine(...nothing), {});
  assertEquals([on, spec, disposed], ["sim:panthor", undefined, true]);
  assertEquals(notices, [
    "no DRM device here: using the simulated board sim:panthor " +
    "(--backend live forbids that, --device names a device)",
  ]);
});

Deno.test("openWorkspace() stands a board in for a driver's name that fits no node", async () => {
  const { on, spec, notices, disposed } = await choose(machine(), { device: "panfrost" });
  assertEquals([on, spec, disposed], ["sim:panfrost", "panfrost", true]);
  assertEquals(notices, [
    'no live device "panfrost" here: using the simulated board sim:panfrost ' +
    "(--backend live forbids that)",
  ]);
  // No board is called after it, but one has it.
  assertEquals((await choose(machine(DRI), { device: "cirrus" })).on, "sim:qemu");
});

Deno.test("openWorkspace() takes the live device of that driver where there is one", async () => {
  const { on, spec, notices } = await choose(machine(), { device: "cirrus" });
  assertEquals([on, spec, notices], ["live", "cirrus", []]);
});

Deno.test("openWorkspace() never falls back for a path, a node, or a name in sysfs", async () => {
  for (
    const device of [
      "/dev/dri/card9",
      "card9",
      "renderD190",
      "/sys/class/drm/card9",
      "0000:00:1f.0",
      "arm,mali-t860",
    ]
  ) {
    const { on, notices } = await choose(machine(...nothing), { device });
    assertEquals([on, notices], ["live", []], device);
  }
});

Deno.test("openWorkspace() never falls back where a node may not be opened", async () => {
  const denied = (): SeeminglyLive => new SeeminglyLive(kernelOf("qemu", { uid: 1000 }));
  // sysfs tells which nodes these are; opening them will tell why they cannot be had.
  for (const device of ["vgem", "cirrus"]) {
    const { on, notices } = await choose(denied(), { device });
    assertEquals([on, notices], ["live", []], device);
  }
  // sysfs spells this one differently, and names no driver for vgem: each may be it.
  const { on, notices, disposed } = await choose(denied(), { device: "virtio-gpu" });
  const [name, path, code] = on.split(": ");
  assertEquals([name, path, code], ["NoDevice", "/dev/dri/card0", "EACCES"]);
  assertEquals([notices, disposed], [[], true]);
});

Deno.test("openWorkspace() does not invent a device that no board has", async () => {
  const { on, notices, disposed } = await choose(machine(), { device: "nosuch" });
  assertEquals([on, notices, disposed], [
    'NoDevice: no device "nosuch" on this live kernel',
    [],
    true,
  ]);
});

Deno.test("openWorkspace() with --backend live never falls back", async () => {
  for (const device of [undefined, "panthor", "nosuch"]) {
    const { on, notices } = await choose(machine(...nothing), { backend: "live", device });
    assertEquals([on, notices], ["live", []]);
  }
});

Deno.test("openWorkspace() for a command about this machine never falls back", async () => {
  const { on, notices } = await choose(machine(...nothing), { noFallback: true });
  assertEquals([on, notices], ["live", []]);
});

Deno.test("openWorkspace() with --backend sim takes a board without a notice", async () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, "sim:panthor"],
    ["panfrost", "sim:panfrost"],
    ["cirrus", "sim:qemu"],
    ["sim:qemu", "sim:qemu"],
    ["nosuch", 'NoDevice: no simulated board has a device "nosuch"'],
    ["/dev/dri/card0", 'UsageError: --backend sim: "/dev/dri/card0" names a live device'],
  ];
  for (const [device, on] of cases) {
    const outcome = await choose(machine(), { backend: "sim", device });
    assertEquals([outcome.on, outcome.notices], [on, []], device);
  }
});

Deno.test("openWorkspace() opens boards by name, by file, and with one of their devices", async () => {
  const qemu = await choose(machine(), { device: "sim:qemu/cirrus" });
  assertEquals([qemu.on, qemu.spec], ["sim:qemu", "cirrus"]);
  const file = new URL("../fixtures/boards/qemu.json", import.meta.url).pathname;
  assertEquals((await choose(machine(), { device: `sim:${file}` })).on, "sim:qemu");
  const old = await choose(machine(), { device: "sim:panthor@6.12/vgem" });
  assertEquals([old.on, old.spec], ["sim:panthor", "vgem"]);
});

Deno.test("openWorkspace() says which boards there are where one is missing or broken", async () => {
  for (
    const device of ["sim:nosuch", "sim:", "sim:panthor@1.0", "sim:./missing.json", "sim:../x"]
  ) {
    const error = await assertRejects(
      () => openWorkspace({ device, backend: undefined, notice: () => {} }),
      NoDevice,
    );
    assertEquals(error.hint, "boctl devices --boards lists the boards.", device);
  }
});

Deno.test("openWorkspace() opens a board's file with one of its kernels", async () => {
  const file = new URL("../fixtures/boards/am62.json", import.meta.url).pathname;
  const device = `sim:${file}@6.12`;
  const workspace = await openWorkspace({ device, backend: undefined, notice: () => {} });
  assertEquals(workspace.kernel.identity.release, "6.12.107");
  workspace.close();
});

Deno.test("openWorkspace() names a board that has the driver that was taken for a board", async () => {
  const error = await assertRejects(
    () => openWorkspace({ device: "sim:v3d", backend: undefined, notice: () => {} }),
    NoDevice,
  );
  assertEquals(error.hint, "sim:rpi4 has a v3d. boctl devices --boards lists the boards.");
});

Deno.test("openWorkspace() refuses what contradicts itself", async () => {
  const cases: readonly (readonly [Partial<Choice>, string])[] = [
    [{ device: "sim:qemu", backend: "live" }, "--device sim:qemu is simulated, --backend live"],
    [{ backend: "real" }, 'BOCTL_BACKEND: "real" is neither live nor sim'],
  ];
  for (const [choice, message] of cases) {
    await assertRejects(
      () => openWorkspace({ device: undefined, backend: undefined, notice: () => {}, ...choice }),
      UsageError,
      message,
    );
  }
});

Deno.test("openWorkspace() gives the kernel to be wrapped, and its notices to the workspace", async () => {
  const notices: string[] = [];
  let wrapped: Kernel | undefined;
  const workspace = await openWorkspace({
    device: undefined,
    backend: undefined,
    notice: (line) => void notices.push(line),
    openLive: () => Promise.resolve(new SeeminglyLive(kernelOf("qemu-arm64"))),
    wrap: (kernel) => wrapped = new WrappedKernel(kernel),
  });
  assertInstanceOf(wrapped, WrappedKernel);
  await openDevice(workspace, "panthor");
  assertEquals(notices.length, 1);
  workspace.close();
});
