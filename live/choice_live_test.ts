// Which kernel and device are taken, and that every answer names them.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { boctl, jsonOf } from "./_boctl.ts";
import { liveTest, machines } from "./_machine.ts";

liveTest(
  "without a device one of this machine is taken, in silence",
  machines,
  async () => {
    const { code, out, err } = await boctl("--json create --size 4KiB");
    assertEquals([code, err], [0, ""]);
    const [answer] = jsonOf({ code, out, err });
    assertEquals((answer?.["on"] as Record<string, unknown>)["backend"], "live");
  },
);

liveTest("a driver that is not here is simulated, with a notice", machines, async () => {
  const { code, out, err } = await boctl("--device rockchip create --size 4KiB");
  assertEquals(code, 0);
  assertStringIncludes(
    err,
    'boctl: no live device "rockchip" here: using the simulated board sim:',
  );
  assertStringIncludes(out, "on rockchip");
});

liveTest("--backend live forbids that", machines, async () => {
  const { code, out, err } = await boctl(
    "--backend live --device rockchip create --size 4KiB",
  );
  assertEquals([code, out], [4, ""]);
  assertStringIncludes(err, 'no device "rockchip" on this live kernel');
});

liveTest("a path that does not exist is never simulated", machines, async () => {
  const { code, out, err } = await boctl("--device /dev/dri/card99 create --size 4KiB");
  assertEquals([code, out], [4, ""]);
  assertStringIncludes(err, "/dev/dri/card99: ENOENT: there is no such node");
});

liveTest("BOCTL_DEVICE and BOCTL_BACKEND choose the device", machines, async () => {
  const env = { BOCTL_DEVICE: "renderD128", BOCTL_BACKEND: "live" };
  const { code, err } = await boctl("create --dumb 8x8x32", env);
  assertEquals(code, 3);
  assertStringIncludes(err, "EACCES: dumb buffers are made on the primary node");
});

liveTest("--json errors are JSON, with backend and driver", machines, async () => {
  const answer = await boctl(
    "--json --device card0 create --size 4KiB --as a , export a --as d , mmap d --write 0=ff",
  );
  assertEquals([answer.code, answer.err], [3, ""]);
  const last = jsonOf(answer).at(-1);
  assertEquals(last?.["command"], "mmap");
  assertEquals(last?.["ok"], false);
  const { backend, drivers } = last?.["on"] as Record<string, unknown>;
  assertEquals([backend, drivers], ["live", ["vgem"]]);
  const { errno, call, subject, exitCode } = last?.["error"] as Record<string, unknown>;
  assertEquals([errno, call, subject, exitCode], ["EACCES", "mmap", "d", 3]);
});

liveTest("smoke writes JUnit that names the backend", machines, async () => {
  const file = await Deno.makeTempFile({ suffix: ".xml" });
  const { code, out } = await boctl(`--device card0 smoke --junit ${file}`);
  assertEquals(code, 0);
  assertStringIncludes(out, "FAIL: 0");
  const xml = await Deno.readTextFile(file);
  await Deno.remove(file);
  assertStringIncludes(xml, "<testsuite");
  assertMatch(xml, /live, Linux \d+\.\d+/);
});
