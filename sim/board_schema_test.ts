// The JSON Schema of boards and the code that reads them refuse the same boards.
import { assert, assertEquals } from "@std/assert";
import { validate } from "../tools/_json_schema.ts";
import { boardSchema } from "../tools/board_schema.ts";
import { brokenBoards, goodBoard } from "./_broken_boards.ts";
import { BoardError, listBoards, readBoard } from "./board.ts";

const SCHEMA = "schemas/board.schema.json";
const BOARDS = new URL("../fixtures/boards/", import.meta.url);

Deno.test("every board of the project is valid by the schema", async () => {
  const names = [...Deno.readDirSync(BOARDS)].map(({ name }) => name);
  const texts = names.map((name) => Deno.readTextFileSync(new URL(name, BOARDS)));
  const told = await validate(SCHEMA, texts.map((text) => JSON.parse(text)));
  assertEquals(names.length, listBoards().length);
  assertEquals(told, names.map(() => []));
});

Deno.test("the schema is that of the drivers as they are", async () => {
  const text = await Deno.readTextFile(new URL(`../${SCHEMA}`, import.meta.url));
  assertEquals(text, `${JSON.stringify(boardSchema(), null, 2)}\n`, "run: deno task index");
});

/** Each property of a schema, at any depth, by its path. */
function* properties(schema: unknown, path = ""): Generator<[string, Record<string, unknown>]> {
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    // What is said of one driver or architecture only restricts what is described elsewhere.
    if (["if", "then", "else", "allOf"].includes(key)) continue;
    if (key === "properties") {
      for (const [name, property] of Object.entries(value)) {
        yield [`${path}.${name}`, property as Record<string, unknown>];
      }
    }
    yield* properties(value, `${path}.${key}`);
  }
}

Deno.test("the schema describes every field, and says what is taken where one is left out", () => {
  const all = [...properties(boardSchema())];
  assert(all.length > 35, String(all.length));
  // What these are without is said in words: it depends on the driver, the release or the processor.
  const inWords = /not given|For editors|What to take it for|need not be given/;
  const required = new Set(
    [...JSON.stringify(boardSchema()).matchAll(/"required":\[([^\]]*)\]/g)]
      .flatMap(([, names = ""]) => names.split(",").map((name) => name.replaceAll('"', ""))),
  );
  for (const [path, { description, default: usual }] of all) {
    assert(typeof description === "string" && description.length > 3, `${path}: no description`);
    const name = path.slice(path.lastIndexOf(".") + 1);
    assert(
      usual !== undefined || required.has(name) || inWords.test(description),
      `${path}: no default`,
    );
  }
});

Deno.test("the schema refuses every broken board that a schema can know of", async () => {
  const told = await validate(SCHEMA, brokenBoards.map(({ json }) => json));
  for (const [i, { json, message, onlyReader }] of brokenBoards.entries()) {
    const refused = (told[i] ?? []).length > 0;
    assertEquals(refused, onlyReader === undefined, `${message}\n${JSON.stringify(json)}`);
  }
  assertEquals(brokenBoards.filter(({ onlyReader }) => onlyReader !== undefined).length, 2);
});

/** With every field that there is. */
const rich = {
  $schema: "x",
  ...goodBoard,
  goodFor: "tests",
  kernels: { "7.2": "7.2.13", "6.1": { release: "6.1.192", without: ["heaps"], pageBytes: 4096 } },
  pageBytes: 4096,
  memoryMb: 64,
  cache: { lineBytes: 64, eviction: { seed: 1, oneIn: 2 } },
  access: { primary: { mode: "0600", gid: 0 }, render: {}, heap: {}, udmabuf: { gid: 1 } },
  devices: [
    {
      ...goodBoard.devices[0],
      bus: "platform",
      boundTo: "panthor",
      compatible: ["rockchip,rk3588-mali"],
      uevent: ["A=b"],
      bind: "on-demand",
      mapsImports: "per-job",
      counterfactual: "range-is-a-hint",
      jobMicroseconds: 5,
      registers: { gpu_id: "0xa8670005", shader_present: 1 },
    },
    { driver: "vgem", coherency: "full" },
  ],
  heaps: ["system"],
  cma: { name: "linux,cma", sizeMb: 16 },
  udmabuf: { sizeLimitMb: 1 },
};

const values: readonly unknown[] = [
  ...[undefined, null, true, -1, 0, 1, 1.5, 64, 4096, 16_384, 2 ** 31, 2 ** 53, 1e300, "", "x"],
  ...["a b", "none", "x86_64", "7.2", "0600", "0x1F", "0xg", "panthor", "vgem", "virtio_gpu"],
  ...["at-import", "a,b", "A=b", "\n", "x".repeat(65)],
  ...[[], ["x"], ["x", "x"], [1], {}, { x: 1 }, { "7.2": "7.2" }, { seed: 1, oneIn: 1 }],
];

/** Copies of a value in each of which one part, at any depth, is another one. */
function* mutants(value: unknown): Generator<unknown> {
  yield* values;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      for (const other of mutants(item)) yield value.with(i, other ?? null);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      for (const other of mutants(item)) yield { ...value, [key]: other };
    }
    for (const other of values) yield { ...value, colour: other };
  }
}

/** Undefined where a board is taken. */
function problemsOf(json: unknown): readonly string[] | undefined {
  try {
    readBoard("mine", json);
    return undefined;
  } catch (error) {
    if (error instanceof BoardError) return error.problems.map(({ message }) => message);
    throw error;
  }
}

Deno.test("schema and reader agree on every board in which one thing is changed", async () => {
  const boards = ["aarch64", "x86_64"].flatMap((
    arch,
  ) => [
    ...mutants({ ...rich, arch, devices: rich.devices.map((d) => ({ ...d, coherency: "full" })) }),
  ]).filter((json) => json !== undefined).map((json) =>
    JSON.parse(JSON.stringify(json)) as unknown
  );
  const told = await validate(SCHEMA, boards);
  const counts = { taken: 0, refused: 0, byReader: 0 };
  for (const [i, json] of boards.entries()) {
    const problems = problemsOf(json);
    const bySchema = (told[i] ?? []).length > 0;
    const onlyReader = problems?.every((message) =>
      /^"kernel" is ".+, wanted |^"devices" has the path .* twice/.test(message)
    );
    if (problems === undefined) counts.taken++;
    else if (onlyReader && !bySchema) counts.byReader++;
    else counts.refused++;
    assert(
      bySchema === (problems !== undefined) || onlyReader,
      `${JSON.stringify(json)}\nschema: ${told[i]?.join("; ")}\nreader: ${problems?.join("; ")}`,
    );
  }
  assert(
    counts.taken > 100 && counts.refused > 1000 && counts.byReader > 5,
    JSON.stringify(counts),
  );
});
