import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { brokenBoards, goodBoard as good } from "./_broken_boards.ts";
import { BoardError, listBoards, loadBoard, readBoard } from "./board.ts";

Deno.test("every board of the project loads, in each of its kernels", () => {
  const names = listBoards().map(({ name }) => name);
  for (const name of ["panfrost", "panthor", "panthor-coherent", "qemu", "qemu-arm64"]) {
    assert(names.includes(name), name);
  }
  for (const { name, summary } of listBoards()) {
    assert(summary.length > 10);
    assertEquals(loadBoard(name).name, name);
    const file = new URL(`../fixtures/boards/${name}.json`, import.meta.url);
    for (const kernel of Object.keys(JSON.parse(Deno.readTextFileSync(file)).kernels)) {
      assertEquals(
        loadBoard(`${name}@${kernel}`).release.text.startsWith(kernel.replace(/-.*/, "")),
        true,
      );
    }
  }
  assertEquals(loadBoard("qemu").release.text, "6.12.107");
  assertEquals(loadBoard("panthor").release.text, "7.2.13");
});

Deno.test("boards that mirror no Linux are listed last, and say what they are", () => {
  const boards = listBoards();
  const invented = boards.slice(-4);
  assertEquals(invented.map(({ name }) => name), [
    "begin-migrates",
    "complex-exporter",
    "export-without-hooks",
    "range-is-a-hint",
  ]);
  for (const { summary } of invented) {
    assert(/^(COUNTERFACTUAL|NOT IN MAINLINE)/.test(summary), summary);
  }
});

Deno.test("a board that is not there, or not of that kernel, is named", () => {
  const cases: [string, string][] = [
    ["panhtor", 'There is no board "panhtor", wanted one of'],
    ["", 'There is no board ""'],
    ["panthor@5.4", 'Kernel "5.4" is not one of this board\'s, wanted one of 6.12, 7.2, 7.3'],
    ["./nowhere.json", 'There is no board "./nowhere.json"'],
  ];
  for (const [spec, message] of cases) assertThrows(() => loadBoard(spec), BoardError, message);
});

Deno.test("a kernel may be built without what the board's others have", () => {
  const board = {
    ...good,
    heaps: ["system"],
    udmabuf: {},
    kernels: { "6.1": { release: "6.1.192", without: ["heaps", "udmabuf"] }, "7.2": "7.2.13" },
  };
  const old = readBoard("mine", board, "6.1");
  assertEquals([old.release.text, old.heaps, old.udmabuf], ["6.1.192", [], null]);
  const now = readBoard("mine", board);
  assertEquals([now.heaps, now.udmabuf], [["system"], { sizeLimitMb: 64 }]);
});

Deno.test("a kernel may be built for pages of another size than the board's others", () => {
  const board = {
    ...good,
    kernels: { "7.2": "7.2.13", "7.2-16k": { release: "7.2.13", pageBytes: 16_384 } },
  };
  assertEquals(readBoard("mine", board).pageBytes, 4096);
  assertEquals(readBoard("mine", board, "7.2-16k").pageBytes, 16_384);
  assertEquals(loadBoard("qemu-arm64@6.12-16k").pageBytes, 16_384);
  const other = { ...board, kernels: { "7.2": { release: "7.2.13", pageBytes: 5000 } } };
  assertThrows(() => readBoard("mine", other), BoardError, '"kernels.7.2.pageBytes" is 5000');
  assertThrows(
    () => readBoard("mine", { ...board, arch: "x86_64" }),
    BoardError,
    "wanted 4096 on x86_64",
  );
});

Deno.test("a board is read from a file of the user's", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, JSON.stringify(good));
    assertEquals(loadBoard(path).devices[0]?.driver, "panthor");
    assertEquals(loadBoard(`${path}@7.2`).lineBytes, 64);
    await Deno.writeTextFile(path, "{");
    assertThrows(() => loadBoard(path), BoardError, "is not JSON");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("readBoard() fills in what is left out", () => {
  const board = readBoard("mine", good);
  assertEquals(board.pageBytes, 4096);
  assertEquals(board.lineBytes, 64);
  assertEquals([board.heaps, board.udmabuf, board.eviction], [[], null, null]);
  assertEquals(board.access.render, { mode: 0o660, gid: 106 });
  assertEquals(board.devices[0]?.boundTo, "panthor");
});

Deno.test("readBoard() names the field that is wrong, its value, and what is wanted", () => {
  for (const { json, message } of brokenBoards) {
    const error = assertThrows(() => readBoard("mine", json), BoardError);
    assertStringIncludes(error.message, message);
    assertEquals(error.problems.length, 1, error.problems.map(({ message }) => message).join("\n"));
  }
});
