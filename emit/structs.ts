/**
 * Structures of the tables as C definitions that have the tables' layout on every architecture.
 *
 * @module
 */
import { padding } from "./looking.ts";
import { type Field, isUnion, type Placed, type StructType } from "../ffi/struct.ts";

/** Structures with size_t and plain pointers: their layout is that of the caller's architecture. */
const native: ReadonlySet<string> = new Set(["drm_version", "drm_unique"]);

/** Whether a structure has no fixed layout. */
export function isNative(type: StructType): boolean {
  return native.has(type.name);
}

const unsigned = { 1: "uint8_t", 2: "uint16_t", 4: "uint32_t", 8: "aligned_u64" } as const;
const signed = { 1: "int8_t", 2: "int16_t", 4: "int32_t", 8: "aligned_s64" } as const;

function member({ name, field }: Placed, nameOf: (type: StructType) => string): string[] {
  const as = name === "_anonymous" ? "" : ` ${name}`;
  switch (field.kind) {
    case "small":
    case "wide":
      return [`${(field.signed ? signed : unsigned)[field.bytes]}${as};`];
    case "pointer":
      return [`aligned_u64${as};`];
    case "array":
      return [`${field.text ? "char" : unsigned[field.bytes]}${as}[${field.count}];`];
    case "tail":
      // Its elements follow in the variable that holds both.
      return [];
    case "nested": {
      const inner = field.struct;
      if (inner.name !== "") return [`struct ${nameOf(inner)}${as};`];
      return [
        `${isUnion(inner) ? "union" : "struct"} {`,
        ...membersOf(inner, nameOf).map((line) => `\t${line}`),
        `}${as};`,
      ];
    }
  }
}

function membersOf(type: StructType, nameOf: (type: StructType) => string): string[] {
  const lines: string[] = [];
  let end = 0;
  const pad = (until: number): void => {
    if (until > end) lines.push(`uint8_t hole_at_${end}[${until - end}];`);
  };
  for (const placed of type.layout) {
    if (!isUnion(type)) pad(placed.offset);
    lines.push(...member(placed, nameOf));
    end = Math.max(end, placed.offset + placed.size);
  }
  if (!isUnion(type)) pad(type.size);
  return lines;
}

function nativeMember({ name, field }: Placed): string {
  if (field.kind === "pointer") return `char *${name};`;
  if (field.kind === "wide") return `size_t ${name};`;
  return `int ${name};`;
}

/** An assertion, on two lines where it is long. */
function asserted(condition: string, text: string): string[] {
  const line = `_Static_assert(${condition}, "${text}");`;
  return line.length <= 100 ? [line] : [`_Static_assert(${condition},`, `\t"${text}");`];
}

/**
 * The definition, and assertions of its size and offsets where the layout is fixed.
 * @param nameOf the C name of a structure, without "struct"
 */
export function definitionOf(type: StructType, nameOf: (type: StructType) => string): string[] {
  const name = nameOf(type);
  const isFixed = !isNative(type);
  const lines = isFixed ? membersOf(type, nameOf) : type.layout.map(nativeMember);
  // A union gets a structure around it, without a name in C: one kind of type for callers.
  const inside = isUnion(type) ? ["union {", ...lines.map((line) => `\t${line}`), "};"] : lines;
  const definition = [`struct ${name} {`, ...inside.map((line) => `\t${line}`), "};"];
  if (!isFixed) return definition;
  const asserts = type.layout.filter(({ name, field, offset }) =>
    offset > 0 && name !== "_anonymous" && field.kind !== "tail" && !padding.test(name)
  ).flatMap((placed) =>
    asserted(`offsetof(struct ${name}, ${placed.name}) == ${placed.offset}`, placed.name)
  );
  return [
    ...definition,
    ...asserted(`sizeof(struct ${name}) == ${type.size}`, name),
    ...asserts,
  ];
}

/** Named structures that a definition needs before it. */
export function neededBy(type: StructType): StructType[] {
  return type.layout.flatMap(({ field }: { field: Field }) => {
    if (field.kind !== "nested") return [];
    return field.struct.name === "" ? neededBy(field.struct) : [field.struct];
  });
}

/** The C type of one element that a pointer points to. */
export function elementType(to: "u32" | "u64"): string {
  return to === "u32" ? "uint32_t" : "aligned_u64";
}
