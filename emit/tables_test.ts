// Every call of the tables in C: their structures have the tables' layout for each compiler here.
import { assert, assertEquals } from "@std/assert";
import { describe as fieldsOf } from "../ffi/describe.ts";
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { parseFields } from "../ffi/parse_fields.ts";
import { encode } from "../ffi/struct.ts";
import { tables } from "../ffi/uapi/_index.ts";
import type { TraceEntry } from "../trace/format.ts";
import { namedFields } from "../trace/named_fields.ts";
import { compile, compilers, isInstalled, strict } from "./_compilers.ts";
import { isNative } from "./structs.ts";
import { cOf } from "./_test_kit.ts";

/** Plain numbers that are not 0, so that every field is written. */
function filled(data: JsonValue): JsonValue {
  if (typeof data === "number") return 1;
  if (data === null) return "0x1000";
  if (Array.isArray(data)) return data.map(filled);
  if (!isRecord(data)) return data;
  if ("raw" in data && "names" in data) return 1;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, filled(value)]));
}

function argumentOf(definition: IoctlDefinition): JsonValue {
  const { struct, plain } = definition;
  if (struct === null) return plain === "string" ? "a text" : plain === "u32" ? 1 : 0;
  const given = fieldsOf(definition, encode(struct));
  const named = namedFields[definition.name] ?? [];
  const data = filled(given);
  if (!isRecord(data)) return data;
  // A count has to fit what follows it, and a descriptor to be none.
  const last = struct.layout.at(-1)?.field;
  const counts = last?.kind === "tail" ? { [last.count]: 0 } : {};
  return {
    ...data,
    ...counts,
    ...Object.fromEntries(
      named.filter(({ path, isTimespec }) => path in data && !isTimespec)
        .map(({ path }) => [path, 0]),
    ),
  };
}

/** A call that is refused, and the same call answering with its argument. */
function entriesOf(definition: IoctlDefinition): readonly TraceEntry[] {
  const { name, code, struct } = definition;
  const given = argumentOf(definition);
  const ioctl = { call: "ioctl", fd: "f1", name, code: `0x${code.toString(16)}` } as const;
  const zero = struct === null ? given : fieldsOf(definition, encode(struct));
  return [
    { call: "command", text: `ioctl . ${name}` },
    { ...ioctl, in: given, result: "EINVAL" },
    { ...ioctl, in: zero, out: given, result: 0 },
  ];
}

const open: TraceEntry = { call: "memfd_create", name: "x", flags: "MFD_CLOEXEC", result: "f1" };
const definitions = tables.flatMap((table) => Object.values<IoctlDefinition>(table.ioctls));

Deno.test("every call of the tables has an argument for this test", () => {
  assert(definitions.length > 100);
  for (const definition of definitions) parseFields(definition, argumentOf(definition));
});

for (const { program, target } of compilers) {
  const installed = await isInstalled(program);
  Deno.test({
    name: installed
      ? `every call of the tables is C without a warning for ${program} (${target})`
      : `SKIPPED: ${program} is not installed, no tables were compiled for ${target}`,
    ignore: !installed,
    fn: async () => {
      const path = await Deno.makeTempFile({ suffix: ".c" });
      try {
        const text = cOf([open, ...definitions.flatMap(entriesOf)]);
        const codes = definitions.filter(({ struct }) => struct === null || !isNative(struct)).map(
          ({ name, code }) => `_Static_assert((unsigned int)(${name}) == ${code}u, "${name}");`,
        );
        await Deno.writeTextFile(path, `${text}${codes.join("\n")}\n`);
        await compile(program, [...strict, "-fsyntax-only", path]);
      } finally {
        await Deno.remove(path);
      }
    },
  });
}

Deno.test("the layouts are asserted in the file", () => {
  const definition = tables.flatMap((table) => Object.values<IoctlDefinition>(table.ioctls))
    .find(({ name }) => name === "DRM_IOCTL_MODE_CREATE_DUMB");
  assert(definition !== undefined);
  const text = cOf([open, ...entriesOf(definition)]);
  const asserts = text.split("\n").filter((line) => line.startsWith("_Static_assert"));
  assertEquals(
    asserts[0],
    '_Static_assert(sizeof(struct drm_mode_create_dumb) == 32, "drm_mode_create_dumb");',
  );
  assertEquals(
    asserts.at(-1),
    '_Static_assert(offsetof(struct drm_mode_create_dumb, size) == 24, "size");',
  );
});
