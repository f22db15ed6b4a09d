import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import { boctl, boctlWords } from "./_test_kit.ts";

/** Answers of --json, one a line. */
function answers(out: string): Record<string, unknown>[] {
  return out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

const on = {
  backend: "sim",
  kernel: "sim:panthor",
  release: "7.2.13",
  arch: "aarch64",
};

Deno.test("commands of one line share a process, separated by a comma of its own", async () => {
  const { code, out } = await boctl("--device sim:panthor create --size 4KiB --as a , close a");
  assertEquals([code, out.split("\n").at(-1)], [0, "closed a"]);
});

Deno.test("a line that ends or doubles its comma is wrong usage, before anything is done", async () => {
  const cases: readonly (readonly [string, string])[] = [
    [", list", 'command 1 is empty: there is a "," too many'],
    ["list ,", 'command 2 is empty: there is a "," too many'],
    ["list , , list", 'command 2 is empty: there is a "," too many'],
    ["list , creat", 'unknown command "creat"'],
    ["list , create --siz 4", 'create: unknown option "--siz"'],
  ];
  for (const [line, message] of cases) {
    const { code, out, err } = await boctl(`--device sim:panthor ${line}`);
    assertEquals([code, out, err.split("\n")[0]], [2, "", `boctl: ${message}`]);
  }
});

Deno.test("a comma that hangs on a word is told where the line is wrong for it", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["close a, sync db --op flush", "a , sync"],
    ["list, list", "list , list"],
    ["create --size 4KiB, list", "4KiB , list"],
  ];
  for (const [line, said] of cases) {
    const { code, err } = await boctl(`--device sim:panthor ${line}`);
    const hint = `  hint: A comma between commands stands alone: ${said}`;
    assertEquals([code, err.split("\n")[1]], [2, hint], line);
  }
  const { err } = await boctl("--device sim:panthor create --sise 4KiB --flags wb-mmap, --as a");
  assertEquals(err.split("\n")[1], "  hint: Did you mean --size? See boctl create --help.");
});

Deno.test("the first command that fails ends the line with its exit code", async () => {
  const lines: readonly (readonly [string, number])[] = [
    ["create --size 0 , list", 3],
    ["open card9 , list", 4],
    ["close x , list", 2],
    ["create --dumb 8x8 , list", 77],
    ["create --size 4KiB , mmap bo1 --verify 0=01 , list", 1],
  ];
  for (const [line, exit] of lines) {
    const { code, out } = await boctl(`--device sim:panthor ${line}`);
    assertEquals([code, out.includes("NAME")], [exit, false], line);
  }
});

Deno.test("a workspace has one kernel, wherever it is named", async () => {
  for (
    const line of [
      "--device sim:panthor list --device sim:qemu",
      "list --device sim:panthor , list --device sim:qemu",
    ]
  ) {
    const { code, err } = await boctl(line);
    assertEquals([code, err], [
      2,
      "boctl: --device is given as sim:panthor and as sim:qemu: a workspace has one kernel",
    ]);
  }
  assertEquals((await boctl("--device sim:qemu list --device sim:qemu")).code, 0);
});

Deno.test("BOCTL_DEVICE and BOCTL_BACKEND stand in for options, and an option wins", async () => {
  const kernelOf = async (line: string, env: Record<string, string>): Promise<unknown> => {
    const [answer] = answers((await boctl(`--json ${line}`, { env })).out);
    const { kernel } = answer?.["on"] as Record<string, unknown>;
    return kernel;
  };
  const env = { BOCTL_DEVICE: "sim:qemu" };
  assertEquals(await kernelOf("list", env), "sim:qemu");
  assertEquals(await kernelOf("--device sim:panfrost list", env), "sim:panfrost");
  assertEquals(await kernelOf("list", { BOCTL_BACKEND: "sim" }), "sim:panthor");
  const empty = { BOCTL_DEVICE: "", BOCTL_BACKEND: "sim" };
  assertEquals(await kernelOf("list", empty), "sim:panthor");
  const { code, err } = await boctl("list", { env: { BOCTL_BACKEND: "real" } });
  assertEquals([code, err], [2, 'boctl: BOCTL_BACKEND: "real" is neither live nor sim']);
});

Deno.test("--json answers a line a command, each with schema, backend and drivers", async () => {
  const { code, out, err } = await boctl("--json --device sim:panthor create --size 4KiB , list");
  const [create, list] = answers(out);
  assertEquals([code, err], [0, ""]);
  assertObjectMatch(create ?? {}, {
    schema: "boctl/1",
    command: "create",
    on: { ...on, drivers: ["panthor"] },
    ok: true,
    result: { name: "bo1", kind: "buffer", driver: "panthor", handle: 1, size: 4096 },
  });
  assertEquals([list?.["command"], list?.["ok"]], ["list", true]);
});

Deno.test("--json names every driver that was opened, and none before one was", async () => {
  const line = "--json --device sim:panthor list , create --size 4KiB , open vgem , close vgem";
  const drivers = answers((await boctl(line)).out).map((answer) =>
    (answer["on"] as Record<string, unknown>)["drivers"]
  );
  assertEquals(drivers, [[], ["panthor"], ["panthor", "vgem"], ["panthor", "vgem"]]);
});

Deno.test("--json makes errors JSON on standard output, whatever their kind", async () => {
  const cases: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ["create --size 0", "create", {
      name: "KernelRefusal",
      exitCode: 3,
      message: "DRM_IOCTL_PANTHOR_BO_CREATE on panthor: EINVAL: a size of 0 is not a buffer",
      call: "DRM_IOCTL_PANTHOR_BO_CREATE",
      subject: "panthor",
      errno: "EINVAL",
      reason: "a size of 0 is not a buffer",
    }],
    ["list , close a", "close", {
      name: "UsageError",
      exitCode: 2,
      message: 'no object is named "a"',
    }],
    ["open card9", "open", {
      name: "NoDevice",
      exitCode: 4,
      message: "/dev/dri/card9: ENOENT: there is no such node",
      errno: "ENOENT",
    }],
    ["create --size 4KiB --dumb 8x8 --on vgem", "create", {
      name: "UsageError",
      exitCode: 2,
      message: "create: --dumb has its own size: leave out --size",
    }],
    ["create --dumb 8x8", "create", {
      name: "NotSupported",
      exitCode: 77,
      message: "--dumb: panthor has no dumb buffers",
    }],
  ];
  for (const [line, command, expected] of cases) {
    const { code, out, err } = await boctl(`--device sim:panthor ${line} --json`);
    const answer = answers(out).at(-1) ?? {};
    const { hint: _hint, ...error } = answer["error"] as Record<string, unknown>;
    assertEquals([code, err, answer["ok"], answer["schema"]], [
      expected["exitCode"],
      "",
      false,
      "boctl/1",
    ]);
    assertEquals([answer["command"], error], [command, expected]);
    assertEquals((answer["on"] as Record<string, unknown>)["backend"], "sim");
  }
});

Deno.test("--json makes errors of the command line JSON, too", async () => {
  for (const line of ["--json creat", "creat --json", "--json list --nosuch", "--json list ,"]) {
    const { code, out, err } = await boctl(line);
    const [answer] = answers(out);
    assertEquals([code, err, answer?.["ok"]], [2, "", false], line);
    assertEquals(answer?.["command"], line.includes("creat") ? "creat" : "list");
  }
});

Deno.test("--json gives a failed check its exit code", async () => {
  const line = "create --size 4KiB --as a , export a , export a --rdwr , policy-check";
  const { code, out } = await boctl(`--device sim:panthor --json ${line}`);
  const answer = answers(out).at(-1) ?? {};
  assertEquals([code, answer["ok"], answer["exitCode"]], [1, false, 1]);
});

Deno.test("errors go to standard error, results to standard output", async () => {
  const { out, err } = await boctl("--device sim:panthor create --size 4KiB , close b");
  assertEquals(out, "bo1: 4 KiB on panthor (/dev/dri/renderD128), handle 1, mapped write-combined");
  assert(err.startsWith('boctl: no object is named "b"\n  hint: '), err);
});

Deno.test("--trace prints the system calls on standard error, and changes no answer", async () => {
  const line = "--device sim:panthor create --size 4KiB";
  const plain = await boctl(line);
  const traced = await boctl(`${line} --trace`);
  assertEquals([traced.code, traced.out], [plain.code, plain.out]);
  assertEquals(plain.err, "");
  assert(traced.err.includes("DRM_IOCTL_PANTHOR_BO_CREATE, {size=4096,"), traced.err);
  assert(traced.err.includes("DRM_IOCTL_GEM_CLOSE"), "what is let go at the end, too");
});

Deno.test("an interrupted line is exit 130", async () => {
  const signal = AbortSignal.abort();
  const { code, err } = await boctl("--device sim:panthor list", { signal });
  assertEquals([code, err], [130, "boctl: interrupted"]);
});

Deno.test("no command is usage, asked for help is not", async () => {
  assertEquals((await boctlWords([])).code, 2);
  assertEquals((await boctl("--json")).code, 2);
  const { code, out } = await boctl("--help");
  assertEquals([code, out.includes("Commands:")], [0, true]);
  assertEquals((await boctl("create --help")).out.startsWith("make a buffer object"), true);
});
