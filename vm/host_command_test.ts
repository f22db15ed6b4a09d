import { assertEquals, assertRejects } from "@std/assert";
import { SetupError } from "./errors.ts";
import { hostText } from "./host_command.ts";

Deno.test("hostText() gives what a command prints", async () => {
  assertEquals(await hostText("cat", [], { stdin: new TextEncoder().encode("x\n") }), "x\n");
});

Deno.test("hostText() names a program that is not installed", async () => {
  await assertRejects(() => hostText("no-such-program", []), SetupError, "not installed");
});

Deno.test("hostText() tells the error and not the warnings of a command that fails", async () => {
  const script = "echo E: no such suite >&2; echo W: never mind >&2; exit 3";
  const error = await assertRejects(() => hostText("sh", ["-c", script]), SetupError);
  assertEquals(String(error).includes("status 3: E: no such suite"), true);
});

Deno.test("hostText() kills a command at its time limit", async () => {
  const run = (): Promise<string> => hostText("sleep", ["20"], { timeoutSeconds: 0.2 });
  await assertRejects(run, SetupError, "killed after 0.2 s");
});
