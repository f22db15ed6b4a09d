import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BoardError, listBoards, loadBoard, readBoard } from "./board.ts";

const good = {
  name: "mine",
  summary: "a board",
  arch: "aarch64",
  kernel: "7.2",
  kernels: { "7.2": "7.2.13" },
  devices: [{ driver: "panthor", path: "platform/fb000000.gpu", coherent: false }],
};

Deno.test("every board of the project loads, in each of its kernels", () => {
  const names = listBoards().map(({ name }) => name);
  for (const name of ["panfrost", "panthor", "panthor-coherent", "qemu", "qemu-arm64"]) {
    assert(names.includes(name), name);
  }
  for (const { name, summary } of listBoards()) {
    assert(summary.length > 10);
    assertEquals(loadBoard(name).name, name);
    for (const kernel of ["6.12", "7.2"]) {
      assertEquals(loadBoard(`${name}@${kernel}`).release.text.startsWith(kernel), true);
    }
  }
  assertEquals(loadBoard("qemu").release.text, "6.12.107");
  assertEquals(loadBoard("panthor").release.text, "7.2.13");
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
  assertEquals([board.heaps, board.udmabuf, board.evictOneIn], [[], null, null]);
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
    [{ ...good, pageBytes: 5000 }, '"pageBytes" is 5000, wanted one of 4096, 16384, 65536'],
    [{ ...good, cache: { lineBytes: 48 } }, '"cache.lineBytes" is 48, wanted one of 32, 64, 128'],
    [{ ...good, cache: { evictOneIn: 0 } }, '"cache.evictOneIn" is 0, wanted a whole number'],
    [{ ...good, cache: { lines: 3 } }, '"cache.lines" is not a field, wanted one of lineBytes'],
    [{ ...good, colour: 1 }, '"colour" is not a field'],
    [{ ...good, memoryMb: -1 }, '"memoryMb" is -1, wanted a whole number'],
    [{ ...good, heaps: ["a/b"] }, '"heaps" is ["a/b"], wanted a list of heap names'],
    [{ ...good, udmabuf: { sizeLimitMb: "x" } }, '"udmabuf.sizeLimitMb" is "x"'],
    [{ ...good, access: { render: { mode: "660" } } }, '"access.render.mode" is "660"'],
    [{ ...good, devices: {} }, '"devices" is {}, wanted a list of objects'],
    [{ ...good, devices: [{ ...device, driver: "tyr" }] }, '"devices[0].driver" is "tyr"'],
    [{ ...good, devices: [{ ...device, path: "/x" }] }, '"devices[0].path" is "/x"'],
    [
      { ...good, devices: [{ ...device, coherent: undefined }] },
      '"devices[0].coherent" is missing',
    ],
    [{ ...good, devices: [{ ...device, coherent: "no" }] }, 'is "no", wanted true or false'],
    [{ ...good, devices: [{ ...device, bind: "late" }] }, '"devices[0].bind" is "late"'],
    [{ ...good, devices: [device, device] }, 'has the path "platform/fb000000.gpu" twice'],
    [{ ...good, arch: "x86_64" }, '"devices[0].coherent" is false, wanted true'],
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
