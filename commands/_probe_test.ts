import { assertEquals, assertStringIncludes } from "@std/assert";
import { errno } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { boctl } from "./_test_kit.ts";

Deno.test("policy-check --probe keeps its promises on panthor, and its threads ask for more", async () => {
  const kernel = await boctl("--device sim:panthor policy-check --probe");
  assertEquals([kernel.code, kernel.err], [0, ""]);
  assertStringIncludes(
    kernel.out,
    "probe: sim:panthor, panthor 1.8, Linux 7.2.13, /dev/dri/render",
  );
  const threads = await boctl("--device sim:panthor policy-check --probe --profile threads");
  assertEquals(threads.code, 1);
  assertStringIncludes(threads.out, "FINDING  cached-export");
  assertStringIncludes(threads.out, "boctl explain cached-export | cached-not-private");
});

Deno.test("policy-check --probe shows the difference between panthor of 6.12 and of 7.2", async () => {
  const line = "policy-check --probe --select cached-buffer";
  const old = await boctl(`--device sim:panthor@6.12 ${line}`);
  const recent = await boctl(`--device sim:panthor@7.2 ${line}`);
  assertStringIncludes(old.out, "refused (EINVAL): DRM_IOCTL_PANTHOR_BO_CREATE: WB_MMAP needs");
  assertStringIncludes(recent.out, "allowed: 4096 bytes");
  assertEquals([old.code, recent.code], [0, 0]);
});

Deno.test("policy-check --probe --json has every answer with its verdict, and who gave it", async () => {
  const { out } = await boctl("--json --device sim:range-is-a-hint policy-check --probe");
  const { result, on } = JSON.parse(out);
  assertEquals([on.backend, result.profile, result.driver], ["sim", "kernel", "panthor"]);
  assertEquals([result.kind, result.findings], ["device", 1]);
  const found = result.probes.find((one: { verdict: string }) => one.verdict === "finding");
  assertEquals([found.probe, found.answer], ["sync-range-exact", "consistent"]);
  assertEquals(found.books, { kept: false, detail: "64 bytes touched 16384 of 16384 lines" });
  assertEquals(Object.keys(found.numbers), [
    "few_of_small_ns",
    "few_of_large_ns",
    "all_of_large_ns",
  ]);
});

Deno.test("policy-check --probe leaves nothing to list and nothing for the rules to find", async () => {
  const { code, out } = await boctl(
    "--device sim:panthor policy-check --probe , list , policy-check --notes",
  );
  assertEquals(code, 77);
  assertStringIncludes(
    out,
    "NAME     KIND    SIZE  WHAT\npanthor  device  -     /dev/dri/renderD128, panthor 1.8\n" +
      "SKIP what was done so far on sim:panthor, panthor 1.8: nothing was done",
  );
});

Deno.test("policy-check --probe reports as CI systems read it, each probe by its id", async () => {
  const line = "--device sim:panthor policy-check --probe --profile threads " +
    "--select cached-export,same-handle,sync-when-coherent";
  const tap = await boctl(`${line} --tap`);
  assertStringIncludes(tap.out, "TAP version 14\n1..3\n# sim:panthor, panthor 1.8, Linux 7.2.13");
  assertStringIncludes(tap.out, "\nnot ok 1 - cached-export\n");
  assertStringIncludes(tap.out, "\nok 2 - same-handle\nok 3 - sync-when-coherent # SKIP not app");
  const path = await Deno.makeTempFile();
  try {
    const lava = await boctl(`${line} --lava --junit ${path}`);
    assertEquals(lava.out.match(/RESULT=\w+/g), ["RESULT=fail", "RESULT=pass", "RESULT=skip"]);
    const junit = await Deno.readTextFile(path);
    assertStringIncludes(junit, `classname="boctl.probe" name="cached-export"><failure`);
    assertStringIncludes(junit, `tests="3" failures="1" skipped="1"`);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("policy-check --probe says which options do not go together", async () => {
  const cases = {
    "policy-check --allow-hazard": "--allow-hazard is about --probe",
    "policy-check --heap system": "--heap is about --probe",
    "policy-check --probe a.boctl": "--probe asks a device, and runs no script",
    "policy-check --probe --heap system --udmabuf": "one subject at a time",
    "policy-check --probe --heap ../x": '--heap: "../x" is not a name',
    "policy-check --probe --select nothing": 'no probe asks about "nothing"',
    "policy-check --probe --profile strict": "strict",
    "policy-check --probe --tap --lava": "standard output has one form",
    "policy-check --probe --sarif x": "a probe asks a device",
  };
  for (const [line, message] of Object.entries(cases)) {
    const { code, err } = await boctl(`--device sim:qemu ${line}`);
    assertEquals(code, 2, line);
    assertStringIncludes(err, message);
  }
});

Deno.test("policy-check --probe is exit 4 where the subject cannot be opened", async () => {
  const heap = await boctl("--device sim:qemu policy-check --probe --heap cma");
  assertEquals([heap.code, heap.err.includes("There are: system.")], [4, true], heap.err);
  const udmabuf = await boctl("--device sim:qemu policy-check --probe --udmabuf", {
    wrap: (kernel) => new Without(kernel, "/dev/udmabuf"),
  });
  assertEquals([udmabuf.code, udmabuf.err.includes("/dev/udmabuf: ENOENT")], [4, true]);
});

Deno.test("policy-check --probe without an answer is exit 77, or what the kernel's refusal is", async () => {
  const line = "--device sim:qemu policy-check --probe --select";
  assertEquals((await boctl(`${line} private-export`)).code, 77);
  // Dumb buffers are not made on a render node.
  const refused = await boctl(`${line} late-rdwr --on renderD128`);
  assertEquals([refused.code, refused.out.includes("EACCES: dumb buffers are made")], [3, true]);
});

Deno.test("policy-check --probe escapes what a kernel calls its exporter", async () => {
  const { out } = await boctl("--device sim:qemu policy-check --probe --select exporter-hooks", {
    wrap: (kernel) => new Renamed(kernel),
  });
  assertStringIncludes(out, "exporter \\x1b[31m");
  assertEquals(out.includes("\x1b"), false);
});

/** A kernel that lacks a file. */
class Without extends WrappedKernel {
  readonly #path: string;

  constructor(inner: Kernel, path: string) {
    super(inner);
    this.#path = path;
  }

  override open(path: string, flags: number): number {
    return path === this.#path ? -errno.ENOENT : super.open(path, flags);
  }

  override stat(path: string): ReturnType<WrappedKernel["stat"]> {
    return path === this.#path ? -errno.ENOENT : super.stat(path);
  }
}

/** A kernel whose exporter has a name for terminals. */
class Renamed extends WrappedKernel {
  override readText(path: string): string | number {
    const text = super.readText(path);
    return typeof text === "string" ? text.replace("exp_name:\tdrm", "exp_name:\t\x1b[31m") : text;
  }
}
