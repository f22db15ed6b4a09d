/** @module */
import { effectsOf, type ObjectKind } from "../ffi/ioctl_effects.ts";
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import type { JsonValue } from "../ffi/json.ts";
import type { Argument } from "../ffi/kernel.ts";
import { type AnyValues, decode, isTwoWay, type StructType } from "../ffi/struct.ts";
import { namedFields } from "../trace/named_fields.ts";
import { isName } from "../trace/names.ts";
import { type ArgumentWriter, dataAt, memoryOf } from "./argument.ts";
import { integer } from "./c_text.ts";
import { notInC } from "./errors.ts";
import { machineFacts, machineFields, padding } from "./looking.ts";
import { type OpenFile, openFile, type Program } from "./program.ts";

/** What is to be said about an answer: statements after the call. */
export class AnswerWriter {
  readonly #program: Program;
  readonly #definition: IoctlDefinition;
  readonly #writer: ArgumentWriter;
  readonly #file: OpenFile;
  readonly #members: string;
  readonly #statements: string[] = [];

  constructor(
    program: Program,
    definition: IoctlDefinition,
    writer: ArgumentWriter,
    file: OpenFile,
    members: string,
  ) {
    this.#program = program;
    this.#definition = definition;
    this.#writer = writer;
    this.#file = file;
    this.#members = members;
  }

  #equal(got: string, want: string): void {
    this.#statements.push(this.#program.equal(got, want));
  }

  /**
   * Checks of a call that succeeded.
   * @param given the argument as it was passed
   * @param came as it came back
   */
  write(given: JsonValue, came: JsonValue, result: number): readonly string[] {
    const definition = this.#definition;
    const type = definition.struct;
    const before = memoryOf(definition, given);
    const after = this.#answer(came);
    if (typeof before === "bigint" || typeof after === "bigint") return [];
    const made = new Set<string>();
    for (const one of effectsOf(definition, before, after, result)) {
      if (one.effect === "gone") this.#program.gone(this.#file, one.kind, one.id);
      if (one.effect !== "made" || type === null) continue;
      const field = objectField(type, decode(type, after) as AnyValues, one.kind, one.id);
      if (field === undefined) continue;
      made.add(field);
      const { variable, known } = this.#program.made(this.#file, one.kind, one.id);
      if (known) this.#equal(`${this.#members}${field}`, variable);
      else this.#statements.push(`${variable} = ${this.#members}${field};`);
    }
    const isRaw = typeof came === "string" || typeof given === "string";
    if (type === null || isRaw || !definition.direction.includes("R")) return this.#statements;
    if (type.layout.at(-1)?.field.kind === "tail") return this.#statements;
    this.#fields(
      type,
      decode(type, before) as AnyValues,
      decode(type, after) as AnyValues,
      came,
      made,
      [],
    );
    return this.#statements;
  }

  #answer(came: JsonValue): Argument {
    try {
      return memoryOf(this.#definition, came);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      throw notInC(`the answer of ${this.#definition.name} is malformed: ${error.message}`);
    }
  }

  #fields(
    type: StructType,
    before: AnyValues,
    after: AnyValues,
    came: JsonValue,
    made: ReadonlySet<string>,
    path: readonly string[],
  ): void {
    const { name: call } = this.#definition;
    const tells = /QUERY|INFO|_GET_|_GET$|BUSY/.test(call);
    const told = isTwoWay(type) ? type.layout.filter(({ name }) => name === "out") : type.layout;
    for (const { name, field } of told) {
      const here = [...path, name];
      const member = here.filter((part) => part !== "_anonymous").join(".");
      if (made.has(member) || padding.test(name)) continue;
      const [was = 0n, is = 0n] = [before[name], after[name]];
      if (field.kind === "nested") {
        this.#fields(field.struct, was as AnyValues, is as AnyValues, came, made, here);
        continue;
      }
      if (this.#told(dataAt(came, here), here, member)) continue;
      if (machineFacts.has(call) || machineFields[call]?.includes(name)) continue;
      if (field.kind !== "small" && field.kind !== "wide") continue;
      const [from, to] = [BigInt(was as number | bigint), BigInt(is as number | bigint)];
      if (from !== to || (tells && from === 0n)) {
        this.#equal(`${this.#members}${member}`, this.#writer.constant(field, to) ?? integer(to));
      }
    }
  }

  /** A name that came back: a new descriptor or offset, or one that is known. */
  #told(value: JsonValue | undefined, path: readonly string[], member: string): boolean {
    const kind = namedFields[this.#definition.name]?.find((one) => one.path === path.join("."))
      ?.kind;
    if (kind === undefined) return false;
    const program = this.#program;
    if (isName(value, "f") && !program.descriptors.has(value)) {
      const [what, table] = descriptorOf(this.#definition.name);
      const file = openFile(table);
      this.#statements.push(
        `${program.descriptor(value, what, file)} = ${this.#members}${member};`,
      );
    } else if (isName(value, "o")) {
      const known = program.values.get(value);
      if (known !== undefined) this.#equal(`${this.#members}${member}`, known);
      else {
        const variable = program.variable("uint64_t ", `offset_${value.slice(1)}`);
        program.values.set(value, variable);
        this.#statements.push(`${variable} = ${this.#members}${member};`);
      }
    }
    return true;
  }
}

/** What a call's new descriptor is, and the table that explains its ioctls. */
function descriptorOf(call: string): readonly [string, string] {
  if (/PRIME|HEAP|UDMABUF/.test(call)) return ["dmabuf", "dma-buf"];
  if (call === "DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD") return ["syncobj_fd", "sync_file"];
  return ["sync_file", "sync_file"];
}

function objectField(
  type: StructType,
  values: AnyValues,
  kind: ObjectKind,
  id: number,
): string | undefined {
  const names = kind === "VM" ? ["id", "vm_id"] : ["handle", "bo_handle", "new_handle"];
  for (const { name, field } of type.layout) {
    if (names.includes(name) && Number(values[name]) === id) return name;
    if (field.kind === "nested") {
      const found = objectField(field.struct, values[name] as AnyValues, kind, id);
      if (found !== undefined) return `${name}.${found}`;
    }
  }
  return undefined;
}
