import { assert, assertEquals } from "@std/assert";
import { PROJECT } from "./guest.ts";
import { unitTestFiles } from "./unit_files.ts";

Deno.test("unitTestFiles() gives nothing where nothing is asked for", async () => {
  assertEquals(await unitTestFiles(PROJECT, "none"), { run: [], left: [] });
});

Deno.test("unitTestFiles() takes what calls the machine's kernel or knows its layouts", async () => {
  const { run, left } = await unitTestFiles(PROJECT, "architecture");
  for (
    const file of ["ffi/live_kernel_test.ts", "ffi/uapi/layout_test.ts", "session/channel_test.ts"]
  ) assert(run.includes(file), file);
  for (const file of ["sim/board_test.ts", "live/cases_live_test.ts", "session/session_test.ts"]) {
    assertEquals(run.includes(file), false, file);
  }
  assertEquals(left, []);
});

Deno.test("unitTestFiles() takes all but the tests of guests and tools, which it names", async () => {
  const { run, left } = await unitTestFiles(PROJECT, "all");
  const some = await unitTestFiles(PROJECT, "architecture");
  assertEquals(some.run.filter((file) => !run.includes(file)), []);
  assert(run.includes("sim/board_test.ts") && run.includes("session/session_test.ts"));
  assert(left.includes("vm/unit_files_test.ts") && left.includes("sim/board_schema_test.ts"));
  assertEquals([...run, ...left].filter((file) => file.endsWith("_live_test.ts")), []);
});
