import { assertEquals } from "@std/assert";
import { countTests } from "./junit.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="0" time="4.2">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="1">
        <testcase name="one" classname="./a_test.ts" time="0.031" line="7" col="6"/>
        <testcase name="two" classname="./a_test.ts" time="0.031">
        </testcase>
        <testcase name="a &lt;b&gt; &amp; &quot;c&quot; &#39;d" classname="./a_test.ts" time="0.1">
            <failure message="Uncaught AssertionError">Error: x &lt;testcase&gt;</failure>
        </testcase>
        <testcase name="left out" classname="./a_test.ts"><skipped/></testcase>
    </testsuite>
</testsuites>`;

Deno.test("countTests() counts passed, failed and skipped tests", () => {
  assertEquals(countTests(REPORT), {
    passed: 2,
    failed: 1,
    skipped: 1,
    failures: [`./a_test.ts: a <b> & "c" 'd`],
  });
});

Deno.test("countTests() finds nothing in an empty or broken report", () => {
  assertEquals(countTests("").passed, 0);
  assertEquals(countTests("<testsuites>").passed, 0);
});

Deno.test("countTests() reads what deno test writes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/x_test.ts`,
      `Deno.test("good", () => {});
       Deno.test("bad & <worse>", () => { throw new Error("no"); });
       Deno.test.ignore("left out", () => {});`,
    );
    await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--no-config", "--junit-path=x.xml", "x_test.ts"],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).output();
    const counts = countTests(await Deno.readTextFile(`${folder}/x.xml`));
    assertEquals([counts.passed, counts.failed, counts.skipped], [1, 1, 1]);
    assertEquals(counts.failures.map((name) => name.endsWith("bad & <worse>")), [true]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
