import { assertEquals, assertRejects } from "@std/assert";
import { NoDevice, UsageError } from "../errors.ts";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import { errno } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { readBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { deviceFor, explainOpen, openDevice, resolveDevice } from "./devices.ts";
import { Workspace } from "./workspace.ts";
import { kernelOf, workspaceOn } from "./_test_kit.ts";

/** A kernel on which some paths do not open. */
class Refusing extends WrappedKernel {
  readonly #errnos: Readonly<Record<string, number>>;

  constructor(inner: Kernel, errnos: Readonly<Record<string, number>>) {
    super(inner);
    this.#errnos = errnos;
  }

  override open(...args: Parameters<WrappedKernel["open"]>): number {
    const code = this.#errnos[args[0]];
    return code === undefined ? super.open(...args) : -code;
  }

  override readText(path: string): string | number {
    if (path === "/etc/group") return "root:x:0:\nvideo:x:44:\nrender:x:106:anna\n";
    return super.readText(path);
  }
}

async function refusal(kernel: Kernel, spec?: string): Promise<NoDevice> {
  return await assertRejects(() => resolveDevice(kernel, spec), NoDevice);
}

Deno.test("resolveDevice() finds a node by everything that names it", async () => {
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ["panthor", undefined, "/dev/dri/renderD128"],
    ["panthor", "/dev/dri/card1", "/dev/dri/card1"],
    ["panthor", "/dev/dri/card9", "/dev/dri/card9"],
    ["panthor", "card0", "/dev/dri/card0"],
    ["panthor", "renderD129", "/dev/dri/renderD129"],
    ["panthor", "panthor", "/dev/dri/renderD128"],
    ["panthor", "rockchip", "/dev/dri/card1"],
    ["panthor", "vgem", "/dev/dri/card2"],
    ["panthor", "fb000000.gpu", "/dev/dri/renderD128"],
    ["panthor", "rockchip,rk3588-mali", "/dev/dri/renderD128"],
    ["panthor", "arm,mali-valhall-csf", "/dev/dri/renderD128"],
    ["panthor", "/sys/class/drm/card1", "/dev/dri/card1"],
    ["panthor", "/sys/devices/platform/fb000000.gpu/", "/dev/dri/renderD128"],
    ["qemu", undefined, "/dev/dri/card0"],
    ["qemu", "0000:00:12.0", "/dev/dri/card3"],
    ["qemu", "virtio_gpu", "/dev/dri/card1"],
  ];
  for (const [board, spec, path] of cases) {
    assertEquals(await resolveDevice(kernelOf(board), spec), path, `${board} ${spec}`);
  }
});

Deno.test("resolveDevice() leaves no node open", async () => {
  const kernel = accountingKernel(kernelOf("qemu-arm64"));
  for (const spec of [undefined, "vgem", "arm,mali-bifrost"]) await resolveDevice(kernel, spec);
  await refusal(kernel, "nosuch");
  assertEquals(kernel.leaks(), []);
});

Deno.test("resolveDevice() takes the first of several that fit, and says so", async () => {
  const notices: string[] = [];
  const path = await resolveDevice(
    kernelOf("qemu-arm64"),
    "panthor",
    (line) => void notices.push(line),
  );
  assertEquals(path, "/dev/dri/renderD131");
  assertEquals(notices, [
    '"panthor" fits /dev/dri/renderD131, /dev/dri/renderD132: taking the first',
  ]);
});

Deno.test("resolveDevice() says what there is where nothing fits", async () => {
  const error = await refusal(kernelOf("panthor"), "pantor");
  assertEquals(error.message, 'no device "pantor" on this sim kernel');
  assertEquals(error.hint, 'Did you mean "panthor"? There are: panthor, rockchip, vgem.');
  assertEquals([error.errno, error.exitCode], [errno.ENOENT, 4]);
  const sysfs = await refusal(kernelOf("panthor"), "/sys/devices/platform/x");
  assertEquals(sysfs.message, "/sys/devices/platform/x: no node of a device belongs to it");
  await refusal(kernelOf("panthor"), "");
  await refusal(kernelOf("panthor"), "constructor");
});

Deno.test("resolveDevice() passes over a node that does not open, and says so", async () => {
  const kernel = new Refusing(kernelOf("panthor"), { "/dev/dri/renderD128": errno.EACCES });
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, "/dev/dri/card2"],
    ["panthor", "/dev/dri/card0"],
  ];
  for (const [spec, path] of cases) {
    const notices: string[] = [];
    assertEquals(await resolveDevice(kernel, spec, (line) => void notices.push(line)), path);
    assertEquals(notices, [
      "/dev/dri/renderD128: EACCES: you may not open it (mode 0660, owner 0, group render): " +
      `passed over for ${path} (--device names another)`,
    ]);
  }
});

Deno.test("resolveDevice() gives up where the reason is not the node's", async () => {
  for (const name of ["EMFILE", "ENFILE", "ENOMEM"] as const) {
    const kernel = new Refusing(kernelOf("panthor"), { "/dev/dri/renderD128": errno[name] });
    for (const spec of [undefined, "panthor", "vgem"]) {
      assertEquals((await refusal(kernel, spec)).errno, errno[name], `${name} ${spec}`);
    }
  }
});

Deno.test("openDevice() says that it may not look, not that nothing is there", async () => {
  const workspace = new Workspace(kernelOf("qemu", { uid: 1000 }));
  for (const spec of [undefined, "vgem", "virtio_gpu", "virtio-gpu", "bochs", "card2"]) {
    const error = await assertRejects(() => openDevice(workspace, spec), NoDevice);
    assertEquals(error.errno, errno.EACCES, spec);
  }
  // sysfs tells their drivers: none of them can be it.
  const gpu = new Refusing(kernelOf("panthor"), { "/dev/dri/card1": errno.EACCES });
  assertEquals((await refusal(gpu, "etnaviv")).errno, errno.ENOENT);
  assertEquals((await refusal(gpu, "rockchip")).errno, errno.EACCES);
});

Deno.test("resolveDevice() does not take a directory that cannot be listed for an empty one", async () => {
  class Unlisted extends WrappedKernel {
    override readDirectory(): number {
      return -errno.EACCES;
    }
  }
  const kernel = new Unlisted(kernelOf("panthor"));
  const error = await refusal(kernel);
  assertEquals(error.message, "/dev/dri: EACCES: it cannot be listed");
  assertEquals(await resolveDevice(kernel, "/dev/dri/card0"), "/dev/dri/card0");
});

Deno.test("explainOpen() says which group may open a node, and how to join it", () => {
  const kernel = new Refusing(kernelOf("panthor"), {});
  const render = explainOpen(kernel, "/dev/dri/renderD128", -errno.EACCES);
  assertEquals(
    render.message,
    "/dev/dri/renderD128: EACCES: you may not open it (mode 0660, owner 0, group render)",
  );
  assertEquals(
    render.hint,
    "Join the group: sudo usermod -aG render $USER, then log in again.",
  );
  const heap = explainOpen(kernel, "/dev/dma_heap/system", -errno.EACCES);
  assertEquals(
    heap.message,
    "/dev/dma_heap/system: EACCES: you may not open it (mode 0600, owner 0, group root)",
  );
  assertEquals(heap.hint?.startsWith("Run as root, or let a udev rule"), true);
  const nameless = explainOpen(kernelOf("panthor"), "/dev/dri/card0", -errno.EACCES);
  assertEquals(nameless.message.includes("group 44"), true);
});

Deno.test("explainOpen() says what is there instead, or how to get a device", () => {
  const kernel = kernelOf("panthor");
  const node = explainOpen(kernel, "/dev/dri/card9", -errno.ENOENT);
  assertEquals(node.message, "/dev/dri/card9: ENOENT: there is no such node");
  assertEquals(
    node.hint,
    "There are: /dev/dri/card0, /dev/dri/card1, /dev/dri/card2, /dev/dri/renderD128, " +
      "/dev/dri/renderD129.",
  );
  class Empty extends WrappedKernel {
    override readDirectory(): number {
      return -errno.ENOENT;
    }
  }
  const none = explainOpen(new Empty(kernel), "/dev/dri", -errno.ENOENT);
  assertEquals(none.hint?.startsWith("No DRM driver is loaded"), true);
  const mali = explainOpen(kernel, "/dev/mali0", -errno.ENOENT);
  assertEquals(mali.hint?.startsWith("Arm's Mali driver is not loaded"), true);
  const other = explainOpen(kernel, "/dev/nvmap", -errno.ENOENT);
  assertEquals(other.hint, "Is the module loaded? boctl devices lists what is here.");
});

Deno.test("explainOpen() says what other errnos mean for a node", () => {
  const kernel = kernelOf("panthor");
  const text = (code: number): string => explainOpen(kernel, "/dev/dri/card0", -code).message;
  assertEquals(text(errno.ENODEV), "/dev/dri/card0: ENODEV: the node is there, its device is not");
  assertEquals(text(errno.ENXIO), "/dev/dri/card0: ENXIO: the node is there, its device is not");
  assertEquals(
    text(errno.EMFILE),
    "/dev/dri/card0: EMFILE: this process has too many open descriptors",
  );
  assertEquals(text(errno.EIO), "/dev/dri/card0: EIO");
});

Deno.test("openDevice() names a device after its driver, or as it is told", async () => {
  const { workspace, books } = workspaceOn("qemu");
  assertEquals((await openDevice(workspace, "cirrus")).name, "cirrus");
  assertEquals((await openDevice(workspace, "cirrus")).name, "dev1");
  assertEquals((await openDevice(workspace, "cirrus", "c")).name, "c");
  await assertRejects(() => openDevice(workspace, "cirrus", "c"), UsageError, '"c" is taken');
  await assertRejects(() => openDevice(workspace, "cirrus", "1"), UsageError, "is not a name");
  assertEquals(books.leaks().length, 3);
  workspace.close();
});

Deno.test("openDevice() says that a file is no DRM node", async () => {
  const { workspace, books } = workspaceOn("qemu");
  const error = await assertRejects(() => openDevice(workspace, "/dev/null"), NoDevice);
  assertEquals(error.message, "/dev/null: ENOTTY: it is not a DRM node");
  assertEquals(books.leaks(), []);
  workspace.close();
});

Deno.test("openDevice() does not use a driver that only bears the name", async () => {
  const board = readBoard("rust.json", {
    name: "rust",
    summary: "a board with tyr",
    arch: "aarch64",
    kernel: "7.2",
    kernels: { "7.2": "7.2.13" },
    devices: [{ driver: "tyr", path: "platform/fb000000.gpu", coherency: "none" }],
  });
  const kernel = accountingKernel(openSimulatedKernel(board));
  const workspace = new Workspace(kernel);
  await assertRejects(() => openDevice(workspace, "panthor"), NoDevice, "has no buffer calls (tyr");
  assertEquals(kernel.leaks(), []);
  workspace.close();
});

Deno.test("deviceFor() opens a device once, by whatever name it is asked for", async () => {
  const { workspace, books } = workspaceOn("qemu", "vgem");
  const device = await deviceFor(workspace);
  for (const name of ["vgem", "card0", "/dev/dri/card0"]) {
    assertEquals(await deviceFor(workspace, name), device);
  }
  assertEquals(await deviceFor(workspace), device);
  const other = await openDevice(workspace, "cirrus", "display");
  assertEquals(await deviceFor(workspace, "display"), other);
  assertEquals(await deviceFor(workspace, "cirrus"), other);
  assertEquals(books.leaks().length, 2);
  workspace.close();
});
