import { assertEquals } from "@std/assert";
import { kernelPackages, newestRelease } from "./kernel.ts";

Deno.test("newestRelease() compares version numbers as numbers", () => {
  const names = ["linux-image-6.12.9+deb12-amd64", "linux-image-6.12.117+deb12-amd64"];
  const source = { series: "6.12", flavour: "amd64" };
  assertEquals(newestRelease(names, source), "6.12.117+deb12-amd64");
});

Deno.test("newestRelease() leaves out other series, flavours and package kinds", () => {
  const names = [
    "linux-image-7.20.1+deb13-arm64",
    "linux-image-7.2.12+deb13-arm64-16k",
    "linux-image-7.2.12+deb13-cloud-arm64",
    "linux-image-7.2.12+deb13-arm64-dbg",
    "linux-image-7.2.12+deb13-arm64-unsigned",
    "linux-image-7.2.9+deb13-arm64",
    "linux-headers-7.2.13+deb13-arm64",
    "linux-image-arm64",
  ];
  assertEquals(newestRelease(names, { series: "7.2", flavour: "arm64" }), "7.2.9+deb13-arm64");
  assertEquals(
    newestRelease(names, { series: "7.2", flavour: "arm64-16k" }),
    "7.2.12+deb13-arm64-16k",
  );
  assertEquals(newestRelease(names, { series: "7.3", flavour: "arm64" }), undefined);
});

Deno.test("newestRelease() knows the ABI number of older kernels", () => {
  const names = ["linux-image-6.1.0-9-amd64", "linux-image-6.1.0-42-amd64"];
  assertEquals(newestRelease(names, { series: "6.1", flavour: "amd64" }), "6.1.0-42-amd64");
});

Deno.test("kernelPackages() takes image and modules apart where the suite does", () => {
  const release = "7.2.12+deb13-arm64";
  const split = [`linux-binary-${release}`, `linux-modules-${release}`];
  assertEquals(kernelPackages([`linux-image-${release}`, ...split], release), split);
  assertEquals(kernelPackages([`linux-image-${release}`], release), [`linux-image-${release}`]);
});
