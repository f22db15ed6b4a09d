// Standard output and standard error that are closed, full, or read by nobody.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../errors.ts";
import { assertNoTrace, shell } from "./_boctl.ts";

Deno.test("a reader that goes away ends boctl quietly", async () => {
  for (
    const line of [
      "boctl --help",
      `boctl --device sim:panthor create --size 1MiB , mmap bo1 --write 0=01 --dump all`,
      `boctl --device sim:panthor run fixtures/demo/exact_range.boctl`,
    ]
  ) {
    const { code, stderr } = await shell(`${line} | head -n 1 > /dev/null`);
    assertEquals({ code, stderr }, { code: 0, stderr: "" }, line);
    const gone = await shell(`${line} | true`);
    assertEquals({ code: gone.code, stderr: gone.stderr }, { code: 0, stderr: "" }, line);
  }
});

Deno.test("a full disk is an error with exit 3", async () => {
  for (
    const line of ["--help", "--device sim:panthor devices", "--json --device sim:panthor devices"]
  ) {
    const ended = await shell(`boctl ${line} > /dev/full`);
    assertNoTrace(ended);
    assertEquals(ended.code, exitCodes.kernelRefused, line);
    assertStringIncludes(ended.stderr, "boctl: cannot write the output: No space left on device");
  }
});

Deno.test("closed standard streams do no harm", async () => {
  const ended = await shell(`boctl --device sim:panthor crate 2>&-`);
  assertEquals(ended.code, exitCodes.usage);
  assertNoTrace(await shell(`boctl --device sim:panthor create --size 4KiB <&-`));
});
