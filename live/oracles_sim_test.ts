// The scripts of fixtures/oracles/ on simulated boards.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_boctl.ts";
import { boards } from "./_machine.ts";
import { oraclePath, oracles } from "./_oracles.ts";

for (const script of oracles) {
  for (const name of script.on) {
    Deno.test(`${script.name} holds on ${boards[name]}`, async () => {
      const line = `--device ${boards[name]}/card0 run ${oraclePath(script)}`;
      const { code, out, err } = await boctl(line);
      assertEquals([code, err], [0, ""], out);
      assertStringIncludes(out, `PASS ${oraclePath(script)} on sim:`);
    });
  }
}

const files = [...Deno.readDirSync(new URL("../fixtures/oracles", import.meta.url))]
  .map(({ name }) => name).sort();

Deno.test("each oracle is run somewhere", () => {
  assertEquals(oracles.map(({ name }) => `${name}.boctl`).sort(), files);
});

Deno.test("each oracle names the test that it was learned from, before the first command", () => {
  for (const name of files) {
    const text = Deno.readTextFileSync(new URL(`../fixtures/oracles/${name}`, import.meta.url));
    const lines = text.split("\n");
    const header = lines.slice(0, lines.findIndex((line) => !line.startsWith("#"))).join("\n");
    assert(/\n# Reference: (Linux|IGT), \S+\.c: /.test(header), `${name} names no reference`);
  }
});

Deno.test("each oracle wants something refused", () => {
  for (const name of files) {
    const text = Deno.readTextFileSync(new URL(`../fixtures/oracles/${name}`, import.meta.url));
    assert(/^expect E[A-Z]+ /m.test(text), `${name} expects no errno`);
  }
});
