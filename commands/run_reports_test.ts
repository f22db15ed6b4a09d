import { assert, assertEquals } from "@std/assert";
import { OpenKernels } from "./_live_kit.ts";
import { onFiles, withFiles } from "./_script_kit.ts";
import { boctlWords } from "./_test_kit.ts";

const mixed = [
  "create --size 4KiB --as a",
  "expect ok create --size 0",
  "close nosuch",
  "repeat 3",
  "  expect bytes=00 mmap a --read $i:1",
  "end",
  "create --dumb 8x8 --on panthor",
  "list",
];

/** The report of a run with JUnit, and the rest of the answer. */
async function junit(
  files: Readonly<Record<string, string | readonly string[]>>,
  line: string,
): Promise<{ code: number; out: string; xml: string }> {
  return await withFiles(files, async (folder) => {
    const words = line.split(" ").map((word) => word.replace("@", `${folder}/`));
    const { code, out } = await boctlWords([
      ...["--device", "sim:panthor", "run", ...words, "--junit", `${folder}/report.xml`],
    ]);
    const xml = await Deno.readTextFile(`${folder}/report.xml`);
    return { code, out, xml: xml.replaceAll(`${folder}/`, "") };
  });
}

Deno.test("run --keep-going runs all, lists what failed, and is exit 1", async () => {
  const { code, out, err } = await onFiles({ "a.boctl": mixed }, "run @a.boctl --keep-going");
  assertEquals([code, err], [1, ""]);
  const refused = "DRM_IOCTL_PANTHOR_BO_CREATE on panthor: EINVAL: a size of 0 is not a buffer";
  assertEquals(out.split("\n").slice(2, 7), [
    "2: expect ok create --size 0",
    `  ${refused}`,
    `  FAIL: expected ok, got EINVAL (${refused})`,
    "3: close nosuch",
    '  FAIL: no object is named "nosuch"',
  ]);
  assertEquals(out.split("\n").slice(-4), [
    `  a.boctl:2:11: expected ok, got EINVAL (${refused})`,
    '  a.boctl:3:7: no object is named "nosuch"',
    "  a.boctl:7:1: --dumb: panthor has no dumb buffers",
    "FAIL a.boctl on sim:panthor, panthor 1.8: " +
    "8 commands, 3 expectations held, 2 failed, 1 not supported",
  ]);
});

Deno.test("run --keep-going with nothing but what is not supported is exit 77", async () => {
  const lines = ["create --dumb 8x8", "create --size 4KiB"];
  const { code, out } = await onFiles({ "a.boctl": lines }, "run @a.boctl --keep-going --quiet");
  assertEquals([code, out.split("\n").at(-1)], [
    77,
    "SKIP a.boctl on sim:panthor, panthor 1.8: 2 commands, 0 expectations held, 1 not supported",
  ]);
});

Deno.test("run --keep-going does not go on after a requirement that is not met", async () => {
  const lines = ["list", "require driver vgem", "close nosuch"];
  const { code, out } = await onFiles({ "a.boctl": lines }, "run @a.boctl --keep-going");
  assertEquals([code, out.includes("nosuch")], [77, false]);
});

Deno.test("run --tap has a case for each line with an expectation and each that failed", async () => {
  const { code, out, err } = await onFiles({ "a.boctl": mixed }, "run @a.boctl --keep-going --tap");
  assertEquals([code, err], [1, ""]);
  const refused = "DRM_IOCTL_PANTHOR_BO_CREATE on panthor: EINVAL: a size of 0 is not a buffer";
  assertEquals(out.split("\n"), [
    "TAP version 14",
    "1..4",
    "# a.boctl on sim:panthor, panthor 1.8",
    "not ok 1 - a.boctl:2: expect ok create --size 0",
    "  ---",
    `  message: "expected ok, got EINVAL (${refused})"`,
    "  ...",
    "not ok 2 - a.boctl:3: close nosuch",
    "  ---",
    '  message: "no object is named \\"nosuch\\""',
    "  ...",
    "ok 3 - a.boctl:5: expect bytes=00 mmap a --read $i:1",
    "ok 4 - a.boctl:7: create --dumb 8x8 --on panthor # SKIP --dumb: panthor has no dumb buffers",
  ]);
});

Deno.test("run --tap tells of a failure before it ends with it", async () => {
  const { code, out, err } = await onFiles({ "a.boctl": mixed.slice(0, 2) }, "run @a.boctl --tap");
  assertEquals([code, out.split("\n").slice(0, 4).at(-1)], [
    1,
    "not ok 1 - a.boctl:2: expect ok create --size 0",
  ]);
  assert(err.startsWith("boctl: a.boctl:2:11: expected ok, got EINVAL"), err);
});

Deno.test("run --tap of a script without expectations is one case", async () => {
  const { code, out } = await onFiles({ "a.boctl": "list" }, "run @a.boctl --tap");
  assertEquals([code, out.split("\n").slice(1)], [
    0,
    ["1..1", "# a.boctl on sim:panthor", "ok 1 - a.boctl"],
  ]);
});

Deno.test("a line of a repeat is one case, which tells how often it failed", async () => {
  const lines = [
    "create --size 4KiB --as a",
    "mmap a --write 1=aa",
    "repeat 4",
    mixed[4] ?? "",
    "end",
  ];
  const { code, out } = await onFiles({ "a.boctl": lines }, "run @a.boctl --keep-going --tap");
  assertEquals([code, out.split("\n").slice(3)], [1, [
    "not ok 1 - a.boctl:4: expect bytes=00 mmap a --read $i:1",
    "  ---",
    '  message: "1 of 4: expected bytes=00, got bytes=aa"',
    "  ...",
  ]]);
});

Deno.test("a requirement that is not met is a skip in every report", async () => {
  const files = { "a.boctl": ["require driver vgem", "list"] };
  const why = "require driver vgem: /dev/dri/renderD128 is driven by panthor, not vgem";
  const plain = await onFiles(files, "run @a.boctl");
  assertEquals(plain, { code: 77, out: "", err: `boctl: a.boctl:1:9: ${why}` });
  const tap = await onFiles(files, "run @a.boctl --tap");
  assertEquals([tap.code, tap.out.split("\n").at(-1)], [77, `ok 1 - a.boctl:1 # SKIP ${why}`]);
  const { code, xml } = await junit(files, "@a.boctl");
  assertEquals(code, 77);
  assert(xml.includes(`<testcase classname="boctl.script" name="a.boctl:1"><skipped`), xml);
  assert(xml.includes('tests="1" failures="0" skipped="1"'), xml);
});

Deno.test("run --junit writes the same cases", async () => {
  const { code, xml } = await junit({ "a.boctl": mixed }, "@a.boctl --keep-going");
  assertEquals(code, 1);
  assert(xml.includes('name="a.boctl on sim:panthor, panthor 1.8" tests="4" failures="2"'), xml);
  assert(xml.includes('name="a.boctl:5: expect bytes=00 mmap a --read $i:1"/>'), xml);
  assert(xml.includes('<failure message="no object is named &quot;nosuch&quot;"/>'), xml);
});

Deno.test("a report that cannot be written does not hide why a script failed", async () => {
  const files = { "a.boctl": ["list", "close b"], "good.boctl": "list" };
  const { code, err } = await onFiles(files, "run @a.boctl --junit @no/report.xml");
  const [notice, failure] = err.split("\n");
  assertEquals([code, notice?.startsWith("boctl: no/report.xml: cannot be written: ")], [2, true]);
  assertEquals(failure, 'boctl: a.boctl:2:7: no object is named "b"');
  const good = await onFiles(files, "run @good.boctl --junit @no/report.xml");
  assertEquals(good.code, 2);
});

Deno.test("several scripts have a workspace each, a line each in their order, and a total", async () => {
  const files = {
    "slow.boctl": ["repeat 300", "create --size 4KiB --as a", "close a", "end"],
    "bad.boctl": ["create --size 4KiB --as a", "close b"],
    "skip.boctl": ["require driver vgem", "list"],
    "good.boctl": ["create --size 4KiB --as a", "expect ok info a"],
  };
  const line = "@slow.boctl @bad.boctl @skip.boctl @good.boctl @good.boctl";
  const { code, out, err } = await onFiles(files, `run ${line}`);
  assertEquals([code, err], [1, ""]);
  assertEquals(out.split("\n"), [
    "PASS slow.boctl on sim:panthor, panthor 1.8: 600 commands, 0 expectations held",
    "FAIL bad.boctl on sim:panthor, panthor 1.8: 2 commands, 0 expectations held, 1 failed",
    '  bad.boctl:2:7: no object is named "b"',
    "SKIP skip.boctl on sim:panthor, panthor 1.8: 0 commands, 0 expectations held, 1 not supported",
    "  skip.boctl:1:9: require driver vgem: /dev/dri/renderD128 is driven by panthor, not vgem",
    "PASS good.boctl on sim:panthor, panthor 1.8: 2 commands, 1 expectation held",
    "PASS good.boctl on sim:panthor, panthor 1.8: 2 commands, 1 expectation held",
    "5 scripts on sim:panthor: 3 passed, 1 failed, 1 skipped",
  ]);
  const quiet = await onFiles(files, `run --quiet ${line}`);
  assertEquals(quiet.out.split("\n").filter((text) => text.startsWith("PASS")), []);
  const tap = await onFiles(files, `run --tap ${line}`);
  assertEquals(
    tap.out.split("\n").filter((text) => /^(not )?ok|^1\.\.|^#/.test(text)).map((text) =>
      text.replace(/ # SKIP .*/, " # SKIP")
    ),
    [
      "1..5",
      "# sim:panthor",
      "ok 1 - slow.boctl",
      "not ok 2 - bad.boctl",
      "ok 3 - skip.boctl # SKIP",
      "ok 4 - good.boctl",
      "ok 5 - good.boctl",
    ],
  );
  const { xml } = await junit(files, line);
  assert(xml.includes('tests="5" failures="1" skipped="1"'), xml);
});

Deno.test("several scripts are exit 77 where all are skips, 0 where one passed", async () => {
  const files = { "skip.boctl": ["require driver vgem", "list"], "good.boctl": "list" };
  const all = await onFiles(files, "run @skip.boctl @skip.boctl");
  assertEquals(all.code, 77);
  const some = await onFiles(files, "run @skip.boctl @good.boctl");
  assertEquals(some.code, 0);
});

Deno.test("several scripts are all read before the first one runs", async () => {
  const files = { "good.boctl": "list", "bad.boctl": ["list", "creat"] };
  const { code, out, err } = await onFiles(files, "run @good.boctl @bad.boctl");
  assertEquals([code, out], [2, ""]);
  assert(err.startsWith('boctl: bad.boctl:2:1: unknown command "creat"'), err);
});

Deno.test("several scripts run together on the simulator, one by one on a live kernel", async () => {
  const files = { "a.boctl": ["repeat 400", "create --size 4KiB --as a", "close a", "end"] };
  const line = "run @a.boctl @a.boctl @a.boctl";
  for (const [backend, most] of [["sim", 4], ["live", 2]] as const) {
    const kernels = new OpenKernels(backend);
    const { code } = await onFiles(files, line, "sim:panthor", { wrap: kernels.wrap });
    // The command has one, too.
    assertEquals([code, kernels.opened, kernels.most, kernels.now], [0, 4, most, 0], backend);
  }
});

Deno.test("several scripts that are interrupted keep what was done", async () => {
  const abort = new AbortController();
  const files = { "a.boctl": "list", "b.boctl": ["repeat 9", "list", "end"] };
  let opened = 0;
  const { code, out } = await onFiles(files, "--json run @a.boctl @b.boctl", "sim:panthor", {
    signal: abort.signal,
    wrap: (kernel) => {
      if (++opened === 3) abort.abort();
      return kernel;
    },
  });
  const { error } = JSON.parse(out);
  assertEquals([code, error.name, error.soFar.scripts.length], [130, "Interrupted", 2]);
});

Deno.test("several scripts answer --json once, each with its steps", async () => {
  const files = { "good.boctl": "list", "bad.boctl": ["list", "close b", "list"] };
  const { code, out } = await onFiles(files, "--json run @good.boctl @bad.boctl");
  const { ok, result } = JSON.parse(out);
  assertEquals([code, ok, result.passed, result.failed, result.skipped], [1, false, 1, 1, 0]);
  const scripts: readonly Record<string, unknown>[] = result.scripts;
  assertEquals(scripts.map(({ file, verdict, commands }) => [file, verdict, commands]), [
    ["good.boctl", "pass", 1],
    ["bad.boctl", "fail", 2],
  ]);
  const steps = scripts[1]?.["steps"];
  assert(Array.isArray(steps) && steps.length === 2 && steps[1].ok === false, out);
});

Deno.test("run --json keeps the steps done before a failure", async () => {
  const lines = ["create --size 4KiB --as a", "close b"];
  const { code, out } = await onFiles({ "a.boctl": lines }, "--json run @a.boctl");
  const { error, at } = JSON.parse(out);
  assertEquals([code, at], [2, { file: "a.boctl", line: 2, column: 7 }]);
  const steps: readonly { line: number; ok: boolean }[] = error.soFar.steps;
  assertEquals(steps.map(({ line, ok }) => [line, ok]), [[1, true], [2, false]]);
});

Deno.test("policy-check --json keeps what the rules found before a script stopped", async () => {
  const lines = ["create --size 4KiB", "export bo1", "mmap db1 --write 0=aa"];
  const { code, out } = await onFiles({ "a.boctl": lines }, "--json policy-check @a.boctl");
  const { error, at } = JSON.parse(out);
  assertEquals([code, at.line, error.errno], [3, 3, "EACCES"]);
  const rules: readonly string[] = error.soFar.findings.map(({ rule }: { rule: string }) => rule);
  assert(rules.includes("writable-map-of-read-only-export"), rules.join());
});

Deno.test("an answer holds ten thousand steps, and tells how many there were more", async () => {
  const lines = ["create --size 4KiB --as a", "repeat 10001", "  list", "end"];
  const { code, out } = await onFiles({ "a.boctl": lines }, "--json run @a.boctl");
  const { result } = JSON.parse(out);
  assertEquals([code, result.commands, result.steps.length, result.stepsOmitted], [
    0,
    10_002,
    10_000,
    2,
  ]);
});
