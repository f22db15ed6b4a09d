// Every script of fixtures/reproductions/ as C, in every style, as each compiler here sees it.
import { assert, assertEquals } from "@std/assert";
import { boctl } from "../commands/_test_kit.ts";
import { boards } from "../live/_machine.ts";
import { pathOf, reproductions } from "../live/_reproductions.ts";
import { compile, compilers, isInstalled, strict } from "./_compilers.ts";
import { igtStub } from "./_igt_stub.ts";
import { type StyleName, styleNames } from "./styles/mod.ts";

/** One board for each script and kind of device. */
const sources = reproductions.flatMap((script) => {
  const [machine] = script.on;
  const board = machine === undefined ? script.boards?.[0] : `${boards[machine]}/${script.device}`;
  return board === undefined ? [] : [{ script, board }];
});

async function emitted(style: StyleName): Promise<readonly { name: string; text: string }[]> {
  return await Promise.all(sources.map(async ({ script, board }) => {
    const line = `--device ${board} emit-c ${pathOf(script)} --style ${style}`;
    const { code, out, err } = await boctl(line);
    assertEquals([code, err], [0, ""], line);
    return { name: `${script.name}-${script.device}`, text: `${out}\n` };
  }));
}

const folder = await Deno.makeTempDir({ prefix: "boctl-emit-" });
const files = new Map<StyleName, readonly string[]>();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

async function filesOf(style: StyleName): Promise<readonly string[]> {
  const known = files.get(style);
  if (known !== undefined) return known;
  await Deno.writeTextFile(`${folder}/igt.h`, igtStub);
  const paths: string[] = [];
  for (const { name, text } of await emitted(style)) {
    const path = `${folder}/${style}-${name}.c`;
    await Deno.writeTextFile(path, text);
    paths.push(path);
  }
  files.set(style, paths);
  return paths;
}

for (const { program, target } of compilers) {
  const installed = await isInstalled(program);
  for (const style of styleNames) {
    Deno.test({
      name: installed
        ? `every reproduction as ${style} C compiles without a warning with ${program} (${target})`
        : `SKIPPED: ${program} is not installed, ${style} C was not compiled for ${target}`,
      ignore: !installed,
      fn: async () => {
        const paths = await filesOf(style);
        assert(paths.length >= 21);
        await compile(program, [...strict, "-I", folder, "-fsyntax-only", ...paths]);
      },
    });
  }
}

Deno.test("the same script gives the same C", async () => {
  const line = "--device sim:panthor emit-c fixtures/reproductions/missing-clean.boctl";
  assertEquals(await boctl(line), await boctl(line));
});

Deno.test("the C of every reproduction has lines of at most 100 columns", async () => {
  for (const { name, text } of await emitted("plain")) {
    for (const line of text.split("\n")) {
      const columns = line.replaceAll("\t", "        ").length;
      assert(columns <= 100, `${name}: ${columns} columns: ${line}`);
    }
  }
});
