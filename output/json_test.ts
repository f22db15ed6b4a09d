import { assertEquals } from "@std/assert";
import { CheckFailed, KernelRefusal, NoDevice, UsageError } from "../errors.ts";
import { backendData, errorAnswer, resultAnswer, SCHEMA, toJson } from "./json.ts";

const identity = {
  backend: "sim",
  name: "sim:panthor",
  release: "7.2.13",
  arch: "aarch64",
  pageSize: 4096,
} as const;
const on = backendData(identity, ["panthor"]);

Deno.test("toJson() writes bigints as numbers where exact, else as decimal strings", () => {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  assertEquals(
    toJson({ a: 1n, b: most, c: most + 1n, d: -most, e: -most - 1n, f: [{ g: 2n }] }),
    `{"a":1,"b":${most},"c":"${most + 1n}","d":-${most},"e":"-${most + 1n}","f":[{"g":2}]}`,
  );
});

Deno.test("backendData() names backend, kernel and drivers", () => {
  assertEquals(on, {
    backend: "sim",
    kernel: "sim:panthor",
    release: "7.2.13",
    arch: "aarch64",
    drivers: ["panthor"],
  });
});

Deno.test("resultAnswer() carries the result, and an exit code where a check failed", () => {
  assertEquals(resultAnswer("list", { held: [] }, 0, on), {
    schema: SCHEMA,
    command: "list",
    on,
    ok: true,
    result: { held: [] },
  });
  assertEquals(resultAnswer("smoke", {}, 1, undefined), {
    schema: SCHEMA,
    command: "smoke",
    ok: false,
    exitCode: 1,
    result: {},
  });
});

Deno.test("errorAnswer() carries what the error knows, and its place in a script", () => {
  const cases = [
    [new UsageError("no", { hint: "do" }), {
      name: "UsageError",
      exitCode: 2,
      message: "no",
      hint: "do",
    }],
    [new CheckFailed("no"), { name: "CheckFailed", exitCode: 1, message: "no" }],
    [new NoDevice("no", { errno: -13 }), {
      name: "NoDevice",
      exitCode: 4,
      message: "no",
      errno: "EACCES",
    }],
    [new KernelRefusal("mmap", "a", -22, { reason: "why" }), {
      name: "KernelRefusal",
      exitCode: 3,
      message: "mmap on a: EINVAL: why",
      call: "mmap",
      subject: "a",
      errno: "EINVAL",
      reason: "why",
    }],
  ] as const;
  for (const [error, data] of cases) {
    assertEquals(errorAnswer("mmap", error.toData(), on, { file: "x.boctl", line: 3, column: 1 }), {
      schema: SCHEMA,
      command: "mmap",
      on,
      ok: false,
      at: { file: "x.boctl", line: 3, column: 1 },
      error: data,
    });
  }
});
