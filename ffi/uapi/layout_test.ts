/**
 * Holds every table against `fixtures/uapi_layout.json`, which a C compiler printed from the
 * kernel's headers.
 */
import { assert, assertEquals } from "@std/assert";
import * as generic from "../constants.ts";
import { type IoctlDefinition, splitRequest } from "../ioctl.ts";
import type { Field, Names, StructType } from "../struct.ts";
import { tables } from "./_index.ts";
import { members } from "./_members.ts";
import layout from "../../fixtures/uapi_layout.json" with { type: "json" };

interface FixtureIoctl {
  readonly code: number;
  readonly dir: string;
  readonly type: string;
  readonly nr: number;
  readonly size: number;
}
interface FixtureStruct {
  readonly kind: string;
  readonly size: number;
  /** Offset, size, C type. */
  readonly fields: Readonly<Record<string, readonly [number, number, string]>>;
}
interface Section {
  readonly headers: readonly string[];
  readonly ioctls: Readonly<Record<string, FixtureIoctl>>;
  readonly structs: Readonly<Record<string, FixtureStruct>>;
  readonly constants: Readonly<Record<string, number>>;
}
// JSON imports have the type of their literal; tuples and records are lost on the way.
const { _meta, ...rest } = layout;
const sections = rest as unknown as Readonly<Record<string, Section>>;

function sectionOf(name: string): Section {
  const section = sections[name];
  assert(section, `The fixture has no section ${name}`);
  return section;
}

/** Whether a field's kind is what the C type says. */
function fits(field: Field, type: string): boolean {
  switch (field.kind) {
    case "nested":
      return type === `struct ${field.struct.name}`.trim() || type === "struct";
    case "tail":
      return type === `struct ${field.struct.name} []`;
    case "array":
      return /\[\d+\]$/.test(type) && (field.text ?? false) === type.startsWith("char");
    case "pointer":
      return type === "__u64" || type.endsWith("*");
    default:
      return field.signed === /^(__s|int$)/.test(type);
  }
}

/** A C constant as the unsigned number that a 32-bit field holds. */
function unsigned(value: number): bigint {
  return value < 0 ? BigInt.asUintN(32, BigInt(value)) : BigInt(value);
}

function checkNames(section: Section, names: Names, prefix: string, where: string): void {
  const known: Readonly<Record<string, number | string>> = { ...generic, ...section.constants };
  for (const [name, value] of Object.entries(names)) {
    const expected = known[prefix + name];
    assert(typeof expected === "number", `${where}: ${prefix}${name} is not in the headers`);
    assertEquals(BigInt(value), unsigned(expected), `${where}: ${prefix}${name}`);
  }
}

function checkStruct(type: StructType, section: Section): void {
  const expected = section.structs[type.name];
  assert(expected, `struct ${type.name} is not in the headers`);
  assertEquals(type.size, expected.size, `size of ${type.name}`);
  const found = members(type);
  assertEquals(
    found.map(({ path, offset, size }) => [path, offset, size]),
    Object.entries(expected.fields).map(([path, [offset, size]]) => [path, offset, size]),
    `fields of ${type.name}`,
  );
  for (const { path, field } of found) {
    const where = `${type.name}.${path}`;
    const cType = expected.fields[path]?.[2] ?? "";
    assert(fits(field, cType), `${where} is ${cType} in C, ${field.kind} here`);
    checkNames(section, field.flags ?? {}, field.prefix ?? "", where);
    checkNames(section, field.values ?? {}, field.prefix ?? "", where);
    for (const beside of field.kind === "pointer" ? [field.count, field.stride] : []) {
      if (beside !== undefined) assert(beside in type.fields, `${where} counts by ${beside}`);
    }
  }
}

function checkIoctl(definition: IoctlDefinition, section: Section): void {
  const { name, code } = definition;
  const expected = section.ioctls[name];
  if (expected === undefined) {
    // A call without an argument is a plain number to the program that printed the fixture.
    assertEquals(code, section.constants[name], `${name} is not in the headers`);
    return;
  }
  assertEquals(code, expected.code, name);
  assertEquals(
    splitRequest(code),
    {
      direction: expected.dir as IoctlDefinition["direction"],
      size: expected.size,
      type: expected.type.charCodeAt(0),
      number: expected.nr,
    },
    name,
  );
  if (definition.struct) assertEquals(definition.struct.size, expected.size, name);
}

for (const table of tables) {
  if (!(table.section in sections)) {
    // A driver of somebody's own: compiler_test.ts holds it against an installed header.
    Deno.test({
      name:
        `${table.name}: NOT COMPARED with the layouts of fixtures/uapi_layout.json, which has ` +
        `no section ${table.section}`,
      ignore: true,
      fn: () => {},
    });
    continue;
  }
  const section = sectionOf(table.section);

  Deno.test(`${table.name}: every ioctl has the headers' code, direction, number and size`, () => {
    for (const definition of Object.values(table.ioctls)) checkIoctl(definition, section);
  });

  Deno.test(`${table.name}: every struct has the headers' sizes, offsets and names of values`, () => {
    for (const [name, type] of Object.entries(table.structs)) {
      assertEquals(name, type.name);
      checkStruct(type, section);
    }
    // Calls may have variants of a structure that the table of structures does not list.
    for (const { struct } of Object.values(table.ioctls)) if (struct) checkStruct(struct, section);
  });

  Deno.test(`${table.name}: every constant has the headers' value`, () => {
    checkNames(section, table.constants, "", table.name);
  });

  Deno.test(`${table.name}: nothing of the headers is missing`, () => {
    const rule = table.leavesOut;
    const ours = new Set(Object.values(table.ioctls).map(({ name }) => name));
    for (const name of Object.keys(section.ioctls)) {
      assert(ours.has(name) || rule?.test(name), `${name} is missing`);
      assert(!(ours.has(name) && rule?.test(name)), `${name} is there and said to be left out`);
    }
    if (rule) return;
    for (const kind of ["structs", "constants"] as const) {
      const missing = Object.keys(section[kind]).filter((name) => !(name in table[kind]));
      assertEquals(missing, [], kind);
    }
  });
}

Deno.test("memfd constants have the headers' values", () => {
  const { constants } = sectionOf("memfd");
  const ours = Object.entries(generic).filter(([name]) => name.startsWith("MFD_"));
  assert(ours.length > 0);
  for (const [name, value] of ours) assertEquals(value, constants[name], name);
});

Deno.test("the fixture says where it comes from", () => {
  assert(_meta.source.includes("linux-libc-dev") && _meta.compiler.includes("gcc"));
});
