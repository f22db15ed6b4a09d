import { assert, assertEquals } from "@std/assert";
import { MACHINES } from "./mod.ts";

Deno.test("every file of a machine is in the list", () => {
  const files = [...Deno.readDirSync(new URL(".", import.meta.url))].map((entry) => entry.name)
    .filter((name) => /^a(md|rm)64_\d/.test(name));
  const names = files.map((name) =>
    name.replace(/\.ts$/, "").replace(/_(?=\d+k$)/, "-").replace("_", "-").replaceAll("_", ".")
  );
  assertEquals(MACHINES.map((machine) => machine.name).sort(), names.sort());
});

for (const machine of MACHINES) {
  Deno.test(`${machine.name} is consistent`, () => {
    assert(machine.name.startsWith(`${machine.arch}-${machine.kernel.series}`));
    assertEquals(machine.nodes.map((node) => node.card), machine.nodes.map((_, i) => i));
    const renders = machine.nodes.flatMap((node) => node.render ?? []);
    assertEquals(renders, renders.map((_, i) => 128 + i));
  });

  Deno.test(`${machine.name} tells the kernel of each register block, and no two share memory`, () => {
    for (const part of machine.board) {
      for (const { address } of part.blocks) {
        assert(part.source.includes(`gpu@${address.toString(16)} {`), address.toString(16));
      }
    }
    const blocks = machine.board.flatMap((part) => part.blocks);
    const end = blocks.toSorted((a, b) => a.address - b.address).reduce((end, block) => {
      assert(block.address >= end);
      return block.address + block.size;
    }, 0x78000000);
    assert(end <= 0x78400000);
  });

  Deno.test(`${machine.name} changes modules that it loads`, () => {
    const skipping = machine.board.flatMap((part) => Object.keys(part.skipped ?? {}));
    for (const name of skipping) assert(machine.modules.includes(name), name);
  });
}
