// A machine without a device, and a Deno that may not do everything.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../errors.ts";
import { ALL_PERMISSIONS, assertNoTrace, boctl, lastAnswer } from "./_boctl.ts";

// The fallback to the simulator is for machines without a device, as CI machines are.
const noDeviceHere = await Deno.stat("/dev/dri").then(() => false, () => true);
const nothingHere = noDeviceHere && !await Deno.stat("/dev/udmabuf").then(() => true, () => false);

Deno.test({
  name: "without a device and none named, the simulator answers and says so",
  ignore: !nothingHere,
  async fn(): Promise<void> {
    const words = ["create", "--size", "4KiB"];
    const options = { permissions: ALL_PERMISSIONS };
    const [text, json] = await Promise.all([
      boctl(words, options),
      boctl(["--json", ...words], options),
    ]);
    assertEquals([text.code, json.code], [0, 0]);
    assertStringIncludes(text.stderr, "using the simulated board sim:panthor");
    assertStringIncludes(json.stderr, "using the simulated board sim:panthor");
    assertEquals((lastAnswer(json).on as Record<string, unknown>).backend, "sim");
  },
});

Deno.test({
  name: "--backend live without a device, and a path that does not exist, are exit 4 with a way on",
  ignore: !noDeviceHere,
  async fn(): Promise<void> {
    for (const where of ["--backend live", "--device /dev/dri/card7"]) {
      const ended = await boctl([...where.split(" "), "create", "--size", "4KiB"], {
        permissions: ALL_PERMISSIONS,
      });
      assertNoTrace(ended);
      assertEquals(ended.code, exitCodes.noDevice, where);
      assertMatch(ended.stderr, /^boctl: \/dev\/dri.* ENOENT.*\n {2}hint: .*modprobe vgem.*\n$/);
    }
  },
});

Deno.test({
  name: "devices on a machine without one says what is missing and what to do",
  ignore: !noDeviceHere,
  async fn(): Promise<void> {
    const { code, stdout } = await boctl(["devices"], { permissions: ALL_PERMISSIONS });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "no DRM device");
    assertStringIncludes(stdout, "hint:");
  },
});

Deno.test("without --allow-ffi a live device is refused with what to allow", async () => {
  const ended = await boctl(["--backend", "live", "create", "--size", "4KiB"]);
  assertNoTrace(ended);
  assertEquals(ended.code, exitCodes.noDevice, ended.stderr);
  assertStringIncludes(ended.stderr, "--allow-ffi");
});

Deno.test("without --allow-env the command line is all that counts", async () => {
  const ended = await boctl(["--device", "sim:panthor", "create", "--size", "4KiB"], {
    permissions: ["--allow-read"],
  });
  assertNoTrace(ended);
  assertEquals(ended.code, 0, ended.stderr);
});
