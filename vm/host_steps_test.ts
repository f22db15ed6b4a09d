import { assertEquals, assertRejects } from "@std/assert";
import { SetupError } from "./errors.ts";
import { runHostSteps } from "./host_steps.ts";
import { machineNamed } from "./machines/mod.ts";

const machine = machineNamed("amd64-6.12");

async function withFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "boctl-test-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runHostSteps() calls what stands beside the tests that will run, and nothing else", async () => {
  await withFolder(async (folder) => {
    const writes = `export const prepare = ({ machine, share }) =>
      Deno.writeTextFile(\`\${share}/\${machine.name}\`, "made");`;
    await Deno.writeTextFile(`${folder}/a_live_host.ts`, writes);
    await Deno.writeTextFile(`${folder}/b_live_host.ts`, "throw new Error();");
    await runHostSteps(folder, ["a_live_test.ts", "c_live_test.ts"], { machine, share: folder });
    assertEquals(await Deno.readTextFile(`${folder}/amd64-6.12`), "made");
  });
});

Deno.test("runHostSteps() refuses a part without prepare()", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a_live_host.ts`, "export const other = 1;");
    const error = await assertRejects(
      () => runHostSteps(folder, ["a_live_test.ts"], { machine, share: folder }),
      SetupError,
    );
    assertEquals(error.message, '"a_live_host.ts" exports no function prepare');
  });
});
