import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { SetupError } from "./errors.ts";
import { runQemu } from "./qemu_process.ts";

Deno.test("runQemu() tells the status and the last complaint", async () => {
  const end = await runQemu("sh", ["-c", "echo first >&2; echo last >&2; exit 3"], 10, undefined);
  assertEquals(end, { reason: "exit", code: 3, complaint: "last" });
});

Deno.test("runQemu() kills the process at its time limit", async () => {
  const started = performance.now();
  const end = await runQemu("sleep", ["30"], 0.1, undefined);
  assertEquals(end.reason, "timeout");
  assertLess(performance.now() - started, 10_000);
});

Deno.test("runQemu() kills the process when it is told to stop", async () => {
  const end = await runQemu("sleep", ["30"], 20, AbortSignal.timeout(100));
  assertEquals(end.reason, "interrupted");
});

Deno.test("runQemu() takes a process that a signal ended for interrupted", async () => {
  const script = "echo qemu: terminating on signal 2 >&2; exit 0";
  const end = await runQemu("sh", ["-c", script], 10, undefined);
  assertEquals(end.reason, "interrupted");
});

Deno.test("runQemu() says how to get a program that is missing", async () => {
  await assertRejects(() => runQemu("no-such-qemu", [], 1, undefined), SetupError, "setup:live");
});
