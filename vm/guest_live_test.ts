// Runs within a guest, started by vm/test.ts: do the machine's devices exist?
import { assert, assertEquals } from "@std/assert";
import type { ExpectedNode } from "./machine.ts";
import { machineNamed } from "./machines/mod.ts";

const name = Deno.env.get("BOCTL_VM_MACHINE");
const machine = name === undefined ? undefined : machineNamed(name);

function readTrimmed(path: string): string {
  return Deno.readTextFileSync(path).trim();
}

/** The sysfs folder of the device behind a node, e.g. `/sys/devices/platform/78000000.gpu`. */
function deviceOf(node: string): string {
  return Deno.realPathSync(`/sys/class/drm/${node}`).replace(/\/drm\/[^/]+$/, "");
}

function driverOf(device: string): string {
  return Deno.realPathSync(`${device}/driver`).split("/").at(-1) ?? "";
}

function nodesBelow(device: string): string[] {
  const names = [...Deno.readDirSync(`${device}/drm`)].map((entry) => entry.name);
  return names.filter((entry) => /^(card|renderD)\d+$/.test(entry)).sort();
}

function expectedNames(node: ExpectedNode): string[] {
  const render = node.render === undefined ? [] : [`renderD${node.render}`];
  return [`card${node.card}`, ...render];
}

function assertIsCharacterDevice(path: string): void {
  assert(Deno.statSync(path).isCharDevice, `${path} is no character device`);
}

Deno.test({
  name: "the guest runs the kernel of its machine",
  ignore: machine === undefined,
  fn(): void {
    const release = readTrimmed("/proc/sys/kernel/osrelease");
    assertEquals(release.startsWith(`${machine?.kernel.series}.`), true, release);
    assertEquals(Deno.build.arch, machine?.arch === "arm64" ? "aarch64" : "x86_64");
  },
});

for (const node of machine?.nodes ?? []) {
  Deno.test(`card${node.card} is ${node.driver} on ${node.device}`, () => {
    const device = deviceOf(`card${node.card}`);
    assertEquals(device.split("/").at(-1), node.device);
    assertEquals(nodesBelow(device), expectedNames(node));
    for (const entry of expectedNames(node)) assertIsCharacterDevice(`/dev/dri/${entry}`);
    // vgem hangs off a device that has no driver of its own until 7.x, and a "faux" one since.
    if (node.driver === "vgem") return;
    assertEquals(driverOf(device), node.deviceDriver ?? node.driver);
  });

  Deno.test({
    name: `card${node.card} is ${node.coherent ? "" : "not "}dma-coherent in the device tree`,
    ignore: node.coherent === undefined,
    fn(): void {
      const entries = [...Deno.readDirSync(`${deviceOf(`card${node.card}`)}/of_node`)];
      assertEquals(entries.some((entry) => entry.name === "dma-coherent"), node.coherent);
    },
  });
}

for (const path of machine?.files ?? []) {
  Deno.test(`${path} exists`, () => assertIsCharacterDevice(path));
}

Deno.test({
  name: "the guest has no DRM nodes beside those of its machine",
  ignore: machine === undefined,
  fn(): void {
    const found = [...Deno.readDirSync("/dev/dri")].map((entry) => entry.name)
      .filter((entry) => entry !== "by-path");
    assertEquals(found.sort(), (machine?.nodes ?? []).flatMap(expectedNames).sort());
  },
});

Deno.test({
  name: "the checkout is read-only and /tmp is not",
  ignore: machine === undefined,
  fn(): void {
    let refused = "";
    try {
      Deno.writeTextFileSync(new URL("./written-by-guest", import.meta.url), "");
    } catch (error) {
      refused = String(error);
    }
    assert(/Read-only file system/.test(refused), `writing was not refused: ${refused}`);
    Deno.writeTextFileSync("/tmp/written-by-guest", "");
  },
});

Deno.test({
  name: "as-user runs a command as an ordinary user who may not open a DRM node",
  ignore: machine === undefined,
  async fn(): Promise<void> {
    const program = "console.log(Deno.uid()); Deno.openSync('/dev/dri/card0')";
    const output = await new Deno.Command("as-user", {
      args: ["user", Deno.execPath(), "eval", program],
    }).output();
    assertEquals(new TextDecoder().decode(output.stdout).trim(), "1000");
    assert(new TextDecoder().decode(output.stderr).includes("Permission denied"));
  },
});
