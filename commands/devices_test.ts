import { assertEquals } from "@std/assert";
import { errno } from "../ffi/errno.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { boctl } from "./_test_kit.ts";

Deno.test("devices lists nodes with driver, version, coherency and what they can do", async () => {
  const { code, out } = await boctl("--device sim:panthor devices");
  const rows = out.split("\n").map((line) => line.split(/ {2,}/));
  assertEquals(code, 0);
  assertEquals(rows[0], ["sim:panthor: Linux 7.2.13, aarch64, 4 KiB pages"]);
  assertEquals(rows[1], ["NODE", "DRIVER", "VERSION", "COHERENCY", "DEVICE", "CAN"]);
  assertEquals(rows.slice(2, 7).map(([node, driver]) => `${node} ${driver}`), [
    "/dev/dri/card0 panthor",
    "/dev/dri/card1 rockchip",
    "/dev/dri/card2 vgem",
    "/dev/dri/renderD128 panthor",
    "/dev/dri/renderD129 vgem",
  ]);
  assertEquals(rows.slice(7), [["heaps: system"], ["udmabuf: yes"]]);
});

Deno.test("devices says of one node why it cannot be opened, and shows the others", async () => {
  class Denied extends WrappedKernel {
    override open(...args: Parameters<WrappedKernel["open"]>): number {
      return args[0] === "/dev/dri/card1" ? -errno.EACCES : super.open(...args);
    }
  }
  const { code, out } = await boctl("--device sim:panthor devices", {
    wrap: (kernel) => new Denied(kernel),
  });
  const line = out.split("\n").find((text) => text.startsWith("/dev/dri/card1"));
  assertEquals(code, 0);
  assertEquals(line?.includes("EACCES: you may not open it (mode 0660, owner 0, group 44)"), true);
  assertEquals(out.includes("  hint: Join the group: sudo usermod -aG 44"), true, out);
  assertEquals(out.includes("/dev/dri/renderD129"), true);
});

Deno.test("devices --boards tells what each board is, needs no kernel, and fits the terminal", async () => {
  const { code, out } = await boctl("devices --boards", { env: { COLUMNS: "72" } });
  assertEquals(code, 0);
  const lines = out.split("\n");
  const at = lines.findIndex((line) => line.startsWith("sim:rk3588-16k: "));
  const end = lines.findIndex((line, i) => i > at && line.startsWith("sim:"));
  assertEquals(lines.slice(at, end), [
    "sim:rk3588-16k: RK3588 with a kernel of 16 KiB pages: what assumes pages",
    "    of 4 KiB breaks here",
    "  aarch64; Linux 7.2.13 (@7.2), 7.3.4 (@7.3, usual); 16 KiB pages",
    "  not coherent: rockchip, panthor; heaps: system, default_cma_region,",
    "    reserved; udmabuf",
    "  good for sizes, offsets and rounding where a page is not 4 KiB",
  ]);
  assertEquals(lines.filter((line) => line.length > 72), []);
  for (const name of ["sim:panthor", "sim:panfrost", "sim:qemu"]) {
    assertEquals(lines.some((line) => line.startsWith(`${name}: `)), true, name);
  }
});

Deno.test("devices --boards --json has what the text has, and more", async () => {
  const { out } = await boctl("--json devices --boards");
  const { boards } = JSON.parse(out).result;
  const board = boards.find(({ name }: { readonly name: string }) => name === "s922x");
  assertEquals(board.kernels, { "6.12": "6.12.107", "7.2": "7.2.13", "7.3": "7.3.4" });
  assertEquals([board.kernel, board.release, board.pageBytes], ["7.3", "7.3.4", 4096]);
  assertEquals(board.devices, [{
    driver: "panfrost",
    path: "platform/soc/ffe40000.gpu",
    compatible: ["amlogic,meson-g12a-mali", "arm,mali-bifrost"],
    coherency: "io-coherent",
    counterfactual: null,
  }]);
  assertEquals(board.cma, { heaps: ["default_cma_region", "linux,cma"], bytes: 256 << 20 });
});
