import { assertEquals } from "@std/assert";
import { errno } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import { openNode } from "./_test_kit.ts";

Deno.test("dmaCoherency() goes by the processor, or by the device's node in the device tree", () => {
  const told = (board: string, node: string): string =>
    dmaCoherency(openNode(board, `/dev/dri/${node}`));
  assertEquals(told("am62", "renderD128"), "non-coherent");
  assertEquals(told("panthor-coherent", "renderD128"), "io-coherent");
  assertEquals(told("qemu", "card0"), "io-coherent");
  // vgem has no node in the tree.
  assertEquals(told("am62", "card1"), "unknown");
});

/** A kernel with nothing in sysfs but these names. */
class Tree extends WrappedKernel {
  readonly #names: readonly string[];
  constructor(kernel: Kernel, names: readonly string[]) {
    super(kernel);
    this.#names = names;
  }
  override stat(path: string): ReturnType<Kernel["stat"]> {
    return this.#names.includes(path) ? this.inner.stat("/sys") : -errno.ENOENT;
  }
}

Deno.test("dmaCoherency() takes the next parent that says it, as of_dma_is_coherent() does", () => {
  const at = "/sys/class/drm/renderD128/device/of_node";
  const told = (...names: string[]): string =>
    dmaCoherency(
      openNode("am62", "/dev/dri/renderD128", (kernel) =>
        new Tree(
          kernel,
          names.map((name) => `${at}${name}`),
        )),
    );
  assertEquals(told("", "/../name", "/../dma-coherent"), "io-coherent");
  assertEquals(told("", "/dma-noncoherent", "/../name", "/../dma-coherent"), "non-coherent");
  assertEquals(told("", "/../name"), "non-coherent");
  assertEquals(told("/../name", "/../dma-coherent"), "unknown");
});

Deno.test("dmaCoherency() takes the parent's node for a device that has none", () => {
  const parent = "/sys/class/drm/renderD128/device/../of_node";
  const told = (...names: readonly string[]): string =>
    dmaCoherency(openNode("am62", "/dev/dri/renderD128", (kernel) => new Tree(kernel, names)));
  assertEquals(told(parent), "non-coherent");
  assertEquals(told(parent, `${parent}/dma-coherent`), "io-coherent");
  assertEquals(told("/sys/class/drm/renderD128/device/../../of_node"), "unknown");
});
