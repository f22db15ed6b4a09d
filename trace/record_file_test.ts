import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, UsageError } from "../errors.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { RecordFile } from "./record_file.ts";

Deno.test("RecordFile tells of a failed write again at the end, for a command may have hidden it", () => {
  using file = new RecordFile("/dev/full");
  const kernel = openSimulatedKernel(loadBoard("panthor"));
  file.check();
  assertThrows(() => file.wrap(kernel), KernelRefusal, "ENOSPC");
  assertThrows(() => file.check(), KernelRefusal, "ENOSPC");
});

Deno.test("RecordFile holds one kernel", () => {
  const path = Deno.makeTempFileSync({ prefix: "boctl-test-" });
  try {
    using file = new RecordFile(path);
    file.wrap(openSimulatedKernel(loadBoard("panthor")));
    assertThrows(
      () => file.wrap(openSimulatedKernel(loadBoard("panthor"))),
      UsageError,
      "a trace holds one run",
    );
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("RecordFile has each call in the file as soon as it is made", () => {
  const path = Deno.makeTempFileSync({ prefix: "boctl-test-" });
  try {
    using file = new RecordFile(path);
    const kernel = file.wrap(openSimulatedKernel(loadBoard("panthor")));
    file.note({ command: "x" });
    kernel.close(-1);
    const lines = Deno.readTextFileSync(path).trimEnd().split("\n").slice(1);
    assertEquals(lines.map((line) => JSON.parse(line)), [
      { call: "command", text: "x" },
      { call: "close", fd: -1, result: "EBADF" },
    ]);
  } finally {
    Deno.removeSync(path);
  }
});
