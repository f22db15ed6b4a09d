// The scripts of fixtures/reproductions/ on simulated boards.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_boctl.ts";
import { boards } from "./_machine.ts";
import { pathOf, reproductions } from "./_reproductions.ts";

for (const script of reproductions) {
  const mirrors = script.on.map((name) => `${boards[name]}/${script.device}`);
  for (const device of [...mirrors, ...script.boards ?? []]) {
    Deno.test(`${script.name} on ${device}`, async () => {
      const { code, out, err } = await boctl(`--device ${device} run ${pathOf(script)}`);
      assertEquals([code, err], [0, ""]);
      assertStringIncludes(out, `PASS ${pathOf(script)} on sim:`);
    });
  }
}

const files = [...Deno.readDirSync(new URL("../fixtures/reproductions", import.meta.url))]
  .map(({ name }) => name).sort();

Deno.test("each reproduction is run somewhere", () => {
  assertEquals([...new Set(reproductions.map(({ name }) => `${name}.boctl`))].sort(), files);
});

Deno.test("each reproduction tells its story and its sources before the first command", () => {
  for (const name of files) {
    const text = Deno.readTextFileSync(
      new URL(`../fixtures/reproductions/${name}`, import.meta.url),
    );
    const header = text.split("\n").findIndex((line) => !line.startsWith("#"));
    assert(header > 3, `${name} has ${header} lines of comment, wanted a title, a story, sources`);
    assert(/\n# Sources?: /.test(text), `${name} names no source`);
  }
});
