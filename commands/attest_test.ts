import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type AccountingKernel, accountingKernel } from "../ffi/accounting_kernel.ts";
import { readTrace } from "../trace/read.ts";
import { replayOn } from "../trace/_test_kit.ts";
import { boctl } from "./_test_kit.ts";

const BOARDS = [
  "panthor",
  "panfrost",
  "qemu",
  "qemu-arm64@6.12",
  "complex-exporter",
];

async function inDirectory(action: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "boctl-test-" });
  try {
    await action(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const board of BOARDS) {
  Deno.test(`attest on sim:${board} leaves nothing open, and replays there with no difference`, () =>
    inDirectory(async (directory) => {
      const file = `${directory}/t.jsonl`;
      const books: AccountingKernel[] = [];
      let leaks: readonly string[] = ["never asked"];
      const { code, out } = await boctl(`--device sim:${board} attest --out ${file}`, {
        wrap: (kernel) => {
          const accounting = accountingKernel(kernel);
          books.push(accounting);
          return accounting;
        },
        leaving: () => {
          leaks = books.flatMap((kernel) => kernel.leaks());
        },
      });
      assertEquals(code, 0);
      assertStringIncludes(out, "of them refused or not supported here");
      assertEquals(leaks, []);
      const trace = await readTrace(file);
      const { calls, differences } = await replayOn(board, trace, { strict: true });
      assertEquals(differences, []);
      assert(calls > 300, `${calls} calls`);
    }));
}

Deno.test("attest writes what identifies the board, and nothing of whoever runs it", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/t.jsonl`;
    await boctl(`--device sim:panthor attest --out ${file}`);
    const text = await Deno.readTextFile(file);
    const { board, on } = (await readTrace(file)).header;
    const nodes = board?.nodes as { node: { compatible: string[] }; coherency: string }[];
    assertEquals(on.kernel, "sim:panthor");
    assert(
      nodes.some(({ node, coherency }) =>
        node.compatible.includes("rockchip,rk3588-mali") && coherency === "non-coherent"
      ),
    );
    assert(!text.includes(directory), "where it was written is in the trace");
  }));

Deno.test("attest --device takes the one device, and refuses to overwrite what is no trace", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/t.jsonl`;
    await boctl(`--device sim:panthor/vgem attest --out ${file}`);
    const { lines } = await readTrace(file);
    const drivers = lines.flatMap(({ entry }) =>
      entry.call === "open" && entry.node !== undefined ? [entry.node.driver] : []
    );
    assertEquals(new Set(drivers), new Set(["vgem"]));
    await Deno.writeTextFile(`${directory}/letter`, "Dear reader");
    const { code, err } = await boctl(`--device sim:panthor attest --out ${directory}/letter`);
    assertEquals(code, 2);
    assertStringIncludes(err, "--out");
  }));
