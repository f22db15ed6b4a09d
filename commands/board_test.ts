import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_test_kit.ts";

const good = {
  name: "mine",
  summary: "a board",
  arch: "aarch64",
  kernel: "7.2",
  kernels: { "6.12": "6.12.107", "7.2": "7.2.13" },
  pageBytes: 16_384,
  devices: [
    { driver: "panthor", path: "platform/fb000000.gpu", coherency: "none" },
    { driver: "vgem", coherency: "io-coherent" },
  ],
  heaps: ["system", "linux,cma"],
};

/** Runs `board check` on a file with a text; FILE in messages stands for its name. */
async function checked(
  text: string | Uint8Array,
  { at = "", json = "" } = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    if (typeof text === "string") await Deno.writeTextFile(path, text);
    else await Deno.writeFile(path, text);
    const { code, out, err } = await boctl(`${json} board check ${path}${at}`);
    return { code, out, err: err.replaceAll(path, "FILE") };
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("board check says in one line what a board is, at each of its kernels", async () => {
  const line = (release: string): string =>
    `mine: aarch64, Linux ${release}, 16 KiB pages, cache lines of 64 B; ` +
    "not coherent: panthor; I/O coherent: vgem; heaps: system, linux,cma";
  const text = JSON.stringify(good);
  assertEquals(await checked(text), {
    code: 0,
    out: line("7.2.13"),
    err: "",
  });
  assertStringIncludes((await checked(text, { at: "@6.12" })).out, "Linux 6.12.107");
  const { board } = JSON.parse((await checked(text, { json: "--json" })).out).result;
  assertEquals([board.name, board.kernel, board.kernels], ["mine", "7.2", good.kernels]);
  assertEquals(board.devices[1], {
    driver: "vgem",
    path: "faux/vgem",
    compatible: [],
    coherency: "io-coherent",
    counterfactual: null,
  });
});

Deno.test("board check takes boards by name, as --device and as the file of one", async () => {
  for (const word of ["panthor", "sim:panthor", "fixtures/boards/panthor.json"]) {
    const { code, out } = await boctl(`board check ${word}`);
    assertEquals([code, out.startsWith("panthor: aarch64, Linux 7.2.13, 4 KiB pages")], [0, true]);
  }
  assertStringIncludes((await boctl("board check panthor@6.12")).out, "Linux 6.12.107");
});

Deno.test("board check tells every field that is wrong, where it stands and what is wanted", async () => {
  const text = `{
  "name": "mine",
  "sumary": "a board",
  "arch": "aarch46",
  "kernel": "7.3",
  "kernels": { "7.2": "7.2.13" },
  "cache": { "linebytes": 64 },
  "devices": [
    { "driver": "panthro" },
    { "driver": "vgem", "coherency": "io_coherent", "jobMicroseconds": -1, "x": 1 }
  ],
  "memoryMb": 1, "memoryMb": 2
}`;
  const { code, out, err } = await checked(text);
  assertEquals([code, out], [2, ""]);
  const lines = err.split("\n");
  const wanted = [
    'boctl: FILE:3:3: "sumary" is not a field, wanted one of ',
    'boctl: FILE:4:3: "arch" is "aarch46", wanted one of x86_64, aarch64; did you mean "aarch64"?',
    'boctl: FILE:5:3: "kernel" is "7.3", wanted 7.2; did you mean "7.2"?',
    'boctl: FILE:7:14: "cache.linebytes" is not a field, wanted one of lineBytes, eviction; did ' +
    'you mean "lineBytes"?',
    'boctl: FILE:9:7: "devices[0].driver" is "panthro", wanted one of ',
    'boctl: FILE:10:25: "devices[1].coherency" is "io_coherent", wanted one of none, io-coherent, ' +
    'full; did you mean "io-coherent"?',
    'boctl: FILE:10:53: "devices[1].jobMicroseconds" is -1, wanted a whole number from 0 to ',
    'boctl: FILE:10:76: "devices[1].x" is not a field, wanted one of ',
    'boctl: FILE:12:18: "memoryMb" is given twice',
    "  hint: schemas/board.schema.json has every field.",
  ];
  assertEquals(lines.map((line, i) => line.slice(0, wanted[i]?.length)), wanted);
  assertStringIncludes(lines[0] ?? "", 'did you mean "summary"?');
  assertStringIncludes(lines[4] ?? "", 'did you mean "panthor"?');

  const { error } = JSON.parse((await checked(text, { json: "--json" })).out);
  assertEquals(error.problems.length, wanted.length - 1);
  assertEquals(error.problems[2], {
    field: "kernel",
    value: '"7.3"',
    wanted: "7.2",
    didYouMean: "7.2",
    message: '"kernel" is "7.3", wanted 7.2; did you mean "7.2"?',
    at: { line: 5, column: 3 },
  });
});

Deno.test("board check says why something is no board at all", async () => {
  const cases: readonly (readonly [string | Uint8Array, string])[] = [
    ["", "boctl: FILE:1:1: is not JSON: wanted a value, the text ends"],
    ["{\n  // mine\n}", "boctl: FILE:2:3: is not JSON: there is a comment, and JSON has none"],
    [
      '{\n  "name": "a",\n}',
      'boctl: FILE:2:14: is not JSON: a "," before "}", where JSON has none',
    ],
    ["[]", "boctl: FILE:1:1: the board is [], wanted an object"],
    [new Uint8Array([0x7b, 0xff, 0x7d]), "boctl: FILE: is not UTF-8"],
    [new Uint8Array(2 << 20), "boctl: FILE: larger than 1 MiB"],
  ];
  for (const [text, message] of cases) {
    assertEquals(await checked(text), { code: 2, out: "", err: message });
  }
  const lines: readonly (readonly [string, string])[] = [
    ["board check /nowhere/x.json", "boctl: /nowhere/x.json: there is no such file"],
    ["board check fixtures/boards/", "boctl: fixtures/boards/: is a directory"],
    ["board check panthro", 'boctl: There is no board "panthro", wanted one of '],
    ["board check panthor@5.4", 'boctl: Kernel "5.4" is not one of this board\'s, wanted one of'],
    ["board chek panthor", 'boctl: board: there is no action "chek", only check'],
    ["board check", "boctl: board: FILE is missing"],
  ];
  for (const [line, message] of lines) {
    const { code, out, err } = await boctl(line);
    assertEquals([code, out, err.slice(0, message.length)], [2, "", message]);
  }
});

Deno.test("a device on a board that is wrong names its first error, and board check", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, JSON.stringify({ ...good, arch: "arm", pageBytes: 1 }));
    const { code, err } = await boctl(`--device sim:${path} devices`);
    assertEquals([code, err.split("\n")], [4, [
      `boctl: ${path}:1:36: "arch" is "arm", wanted one of x86_64, aarch64 (and 1 more)`,
      `  hint: boctl board check ${path} tells all that is wrong with it.`,
    ]]);
  } finally {
    await Deno.remove(path);
  }
});
