import { assert, assertEquals } from "@std/assert";
import { hostArch } from "./guest_root.ts";
import { machineNamed } from "./machines/mod.ts";
import { compilerFor, installLine, missingTools, optionalTools, toolsFor } from "./tools.ts";

Deno.test("toolsFor() has a compiler and a static C library for the machine's architecture", () => {
  const line = installLine([...toolsFor(machineNamed("arm64-7.2")), ...optionalTools]);
  const wanted = hostArch() === "arm64"
    ? [" gcc ", " libc6-dev "]
    : [" gcc-aarch64-linux-gnu ", " libc6-dev-arm64-cross "];
  for (const name of [" clang ", ...wanted]) assert(line.includes(name), line);
});

Deno.test("compilerFor() crosses to the architecture that is not the host's", () => {
  const other = hostArch() === "arm64" ? "amd64" : "arm64";
  assertEquals(
    [compilerFor(hostArch() ?? "amd64"), compilerFor(other)],
    ["gcc", other === "arm64" ? "aarch64-linux-gnu-gcc" : "x86_64-linux-gnu-gcc"],
  );
});

Deno.test("missingTools() takes a path for a file and a name for a program", async () => {
  const tools = ["sh", "/proc/self/stat", "no-such-program", "/no/such/file"]
    .map((program) => ({ program, package: "x" }));
  assertEquals((await missingTools(tools)).map(({ program }) => program), [
    "no-such-program",
    "/no/such/file",
  ]);
});
