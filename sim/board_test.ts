import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BoardError, listBoards, loadBoard, readBoard } from "./board.ts";

const good = {
  name: "mine",
  summary: "a board",
  arch: "aarch64",
  kernel: "7.2",
  kernels: { "7.2": "7.2.13" },
  devices: [{ driver: "panthor", path: "platform/fb000000.gpu", coherency: "none" }],
};

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
      assertEquals(loadBoard(`${name}@${kernel}`).release.text.startsWith(kernel), true);
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
  const device = good.devices[0];
  const cases: [unknown, string][] = [
    [null, "mine: the board is null, wanted an object"],
    [[], "mine: the board is [], wanted an object"],
    [{ ...good, name: 7 }, 'mine: "name" is 7, wanted a text'],
    [{ ...good, name: "a b" }, '"name" is "a b", wanted letters, digits, . _ -'],
    [{ ...good, summary: undefined }, '"summary" is missing, wanted a text'],
    [{ ...good, arch: "mips" }, '"arch" is "mips", wanted one of x86_64, aarch64'],
    [{ ...good, kernel: "5.4" }, '"kernel" is "5.4", wanted one of 7.2'],
    [{ ...good, kernels: { "7.2": "seven" } }, '"kernels.7.2" is "seven", wanted a release'],
    [{ ...good, kernels: { "7.2": 7 } }, "kernels.7.2 is 7, wanted an object"],
    [
      { ...good, kernels: { "7.2": { release: "7.2.13", without: ["heap"] } } },
      '"kernels.7.2.without" is ["heap"], wanted a list of heaps or udmabuf',
    ],
    [{ ...good, pageBytes: 5000 }, '"pageBytes" is 5000, wanted one of 4096, 16384, 65536'],
    [{ ...good, cache: { lineBytes: 48 } }, '"cache.lineBytes" is 48, wanted one of 32, 64, 128'],
    [{ ...good, cache: { eviction: { oneIn: 4 } } }, '"cache.eviction.seed" is missing'],
    [
      { ...good, cache: { eviction: { seed: 1, oneIn: 0 } } },
      '"cache.eviction.oneIn" is 0, wanted',
    ],
    [
      { ...good, cache: { eviction: { seed: -1, oneIn: 4 } } },
      '"cache.eviction.seed" is -1, wanted a whole number from 0 to 4294967295',
    ],
    [
      { ...good, cache: { eviction: { seed: 1, oneIn: 4, odds: 1 } } },
      '"cache.eviction.odds" is not a field',
    ],
    [{ ...good, cache: { eviction: "often" } }, 'cache.eviction is "often", wanted an object'],
    [{ ...good, cache: { lines: 3 } }, '"cache.lines" is not a field, wanted one of lineBytes'],
    [{ ...good, colour: 1 }, '"colour" is not a field'],
    [{ ...good, memoryMb: -1 }, '"memoryMb" is -1, wanted a whole number'],
    [{ ...good, heaps: ["a/b"] }, '"heaps" is ["a/b"], wanted a list of heap names'],
    [{ ...good, udmabuf: { sizeLimitMb: "x" } }, '"udmabuf.sizeLimitMb" is "x"'],
    [{ ...good, access: { render: { mode: "660" } } }, '"access.render.mode" is "660"'],
    [{ ...good, devices: {} }, '"devices" is {}, wanted a list of objects'],
    [{ ...good, devices: [{ ...device, driver: "nova" }] }, '"devices[0].driver" is "nova"'],
    [{ ...good, devices: [{ ...device, path: "/x" }] }, '"devices[0].path" is "/x"'],
    [
      { ...good, devices: [{ ...device, coherency: undefined }] },
      '"devices[0].coherency" is missing, wanted one of none, io-coherent, full',
    ],
    [{ ...good, devices: [{ ...device, coherency: true }] }, '"devices[0].coherency" is true'],
    [
      { ...good, devices: [{ ...device, mapsImports: "often" }] },
      '"devices[0].mapsImports" is "often"',
    ],
    [
      { ...good, devices: [{ ...device, counterfactual: "magic" }] },
      '"devices[0].counterfactual" is "magic", wanted one of range-is-a-hint, ' +
      "begin-migrates, export-without-hooks",
    ],
    [
      {
        ...good,
        devices: [{ driver: "vgem", coherency: "none", counterfactual: "begin-migrates" }],
      },
      '"devices[0].counterfactual" is "begin-migrates", wanted nothing: vgem has none',
    ],
    [{ ...good, devices: [{ ...device, bind: "late" }] }, '"devices[0].bind" is "late"'],
    [{ ...good, devices: [device, device] }, 'has the path "platform/fb000000.gpu" twice'],
    [{ ...good, arch: "x86_64" }, '"devices[0].coherency" is "none", wanted io-coherent or full'],
    [
      { ...good, devices: [{ ...device, registers: { gpu_id: "five" } }] },
      '"devices[0].registers.gpu_id" is "five", wanted a whole number, or hexadecimal',
    ],
    [
      { ...good, devices: [{ ...device, registers: { speed: 1 } }] },
      '"devices[0].registers.speed" is not a field',
    ],
  ];
  for (const [json, message] of cases) {
    const error = assertThrows(() => readBoard("mine", json), BoardError);
    assertStringIncludes(error.message, message);
  }
});
