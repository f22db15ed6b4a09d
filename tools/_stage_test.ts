import { assertEquals, assertStringIncludes } from "@std/assert";
import { followDeno, isPassedTest, runCheck, runTests, type StageResult } from "./_stage.ts";

/** Runs `deno test` on one file of this text, in a folder of its own. */
async function testsOf(text: string): Promise<StageResult> {
  const folder = await Deno.makeTempDir({ prefix: "boctl-stage-" });
  try {
    await Deno.writeTextFile(`${folder}/a_test.ts`, text);
    return await runTests(new URL(`file://${folder}/`), ["test", "--no-check", "a_test.ts"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function countsOf({ ok, passed, failed, skipped }: StageResult): unknown[] {
  return [ok, passed, failed, skipped];
}

Deno.test("runTests() counts passed, failed and skipped tests", async () => {
  const skipped = `Deno.test({ name: "b", ignore: true, fn() {} });`;
  assertEquals(countsOf(await testsOf(`Deno.test("a", () => {});${skipped}`)), [true, 1, 0, 1]);
  const failing = await testsOf(`Deno.test("a", () => { throw new Error("as told"); });`);
  assertEquals(countsOf(failing), [false, 0, 1, 0]);
  assertStringIncludes(failing.output, "as told");
});

Deno.test("runTests() fails when a module does not load", async () => {
  assertEquals(countsOf(await testsOf(`import "./nowhere.ts";`)), [false, 0, 1, 0]);
});

Deno.test("runTests() fails when there is no test", async () => {
  assertEquals(countsOf(await testsOf("")), [false, 0, 1, 0]);
});

Deno.test("runCheck() counts a check that does not hold as one failure", async () => {
  const root = new URL("../", import.meta.url);
  assertEquals(countsOf(await runCheck(root, ["eval", "Deno.exit(0)"])), [true, 0, 0, 0]);
  assertEquals(countsOf(await runCheck(root, ["eval", "Deno.exit(3)"])), [false, 0, 1, 0]);
});

Deno.test("isPassedTest() knows the lines of tests that passed or were skipped", () => {
  const passed = [
    "running 2 tests from ./a_test.ts",
    "\x1b[1mone ... \x1b[32mok\x1b[0m (3ms)\x1b[0m",
    "two ... ignored (0ms)",
  ];
  const others = ["three ...", "printed ... ok then", "three ... FAILED (2ms)", "error: Failed"];
  assertEquals(passed.filter(isPassedTest), passed);
  assertEquals(others.filter(isPassedTest), []);
});

Deno.test("followDeno() hands on the lines of both outputs", async () => {
  const root = new URL("../", import.meta.url);
  const lines: string[] = [];
  const program = "console.log('a\\nb'); console.error('c'); Deno.exit(1)";
  const { success } = await followDeno(root, ["eval", program], (line) => void lines.push(line));
  assertEquals([success, lines.sort()], [false, ["a", "b", "c"]]);
});
