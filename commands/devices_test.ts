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

Deno.test("devices --boards needs no kernel", async () => {
  const { code, out } = await boctl("devices --boards");
  assertEquals(code, 0);
  for (const name of ["sim:panthor", "sim:panfrost", "sim:qemu"]) {
    assertEquals(out.split("\n").some((line) => line.startsWith(`${name} `)), true, name);
  }
});
