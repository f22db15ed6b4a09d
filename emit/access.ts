/**
 * Accesses to mapped memory as C.
 *
 * @module
 */
import type { TraceEntry } from "../trace/format.ts";
import { byteLines, integer, stringLiteral } from "./c_text.ts";
import { notInC } from "./errors.ts";
import { type Lines, only } from "./lines.ts";
import type { MappingVariable, Program } from "./program.ts";

type Entry<C extends TraceEntry["call"]> = Extract<TraceEntry, { readonly call: C }>;

class AccessWriter {
  readonly #program: Program;
  readonly #map: string;

  constructor(program: Program, map: string) {
    this.#program = program;
    this.#map = map;
  }

  #place(offset: number): string {
    return offset === 0 ? this.#map : `${this.#map} + ${integer(BigInt(offset))}`;
  }

  read(entry: Entry<"map.read" | "map.write">): Lines {
    const place = this.#place(entry.offset);
    const done = Number(entry.result);
    const guard = done < entry.length
      ? [
        this.#program.equal(
          `${this.#program.helper("read_until_fault")}(${place}, ${entry.length})`,
          String(done),
        ),
      ]
      : [];
    if (done === 0) return only(...guard);
    if ("sha256" in entry.bytes) {
      const helper = this.#program.helper("has_sha256");
      const hash = stringLiteral(entry.bytes.sha256);
      return only(...guard, this.#program.equal(`${helper}(${place}, ${done}, ${hash})`, "1"));
    }
    const bytes = Uint8Array.fromHex(entry.bytes.hex);
    if (bytes.length > 4 && bytes.every((byte) => byte === bytes[0])) {
      const helper = this.#program.helper("differs_from");
      return only(
        ...guard,
        this.#program.equal(`${helper}(${place}, ${bytes[0]}, ${bytes.length})`, "-1"),
      );
    }
    const { declarations, expression } = this.#bytes("want", bytes);
    const helper = this.#program.helper("differs_at");
    return {
      declarations,
      statements: [
        ...guard,
        this.#program.equal(`${helper}(${place}, ${expression}, ${bytes.length})`, "-1"),
      ],
    };
  }

  write(entry: Entry<"map.read" | "map.write">): Lines {
    if ("sha256" in entry.bytes) {
      throw notInC("the trace holds written bytes as their hash only (a write of more than 1 MiB)");
    }
    const place = this.#place(entry.offset);
    const bytes = Uint8Array.fromHex(entry.bytes.hex);
    const done = Number(entry.result);
    if (done === entry.length) {
      const { declarations, expression } = this.#bytes("bytes", bytes);
      return { declarations, statements: [`memcpy(${place}, ${expression}, ${bytes.length});`] };
    }
    const { declarations, expression } = this.#bytes("bytes", bytes);
    const helper = this.#program.helper("write_until_fault");
    return {
      declarations,
      statements: [
        this.#program.equal(`${helper}(${place}, ${expression}, ${bytes.length})`, String(done)),
      ],
    };
  }

  /** Few bytes as a literal, more as an array. */
  #bytes(
    name: string,
    bytes: Uint8Array,
  ): { declarations: readonly string[]; expression: string } {
    if (bytes.length <= 16) {
      const literal = Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`);
      const text = `"${literal.join("")}"`;
      return { declarations: [], expression: text };
    }
    return {
      declarations: [
        `static const unsigned char ${name}[] = {`,
        ...byteLines(bytes, "\t"),
        "};",
      ],
      expression: name,
    };
  }

  fill(entry: Entry<"map.fill">): Lines {
    const place = this.#place(entry.offset);
    if (entry.result === entry.length) {
      return only(`memset(${place}, ${entry.value}, ${entry.length});`);
    }
    const helper = this.#program.helper("fill_until_fault");
    return only(
      this.#program.equal(
        `${helper}(${place}, ${entry.value}, ${entry.length})`,
        String(Number(entry.result)),
      ),
    );
  }
}

/**
 * An access to a mapping.
 * @param map the mapping
 * @throws {NotSupported} for bytes that the trace does not hold
 */
export function accessLines(
  program: Program,
  map: MappingVariable,
  entry: Entry<"map.read" | "map.write"> | Entry<"map.fill">,
): Lines {
  const { call, offset, length, result } = entry;
  if (offset + length > map.length || typeof result !== "number" || result > length) {
    throw notInC(
      `${call} of ${length} bytes at ${offset} cannot be: its mapping has ${map.length}`,
    );
  }
  const writer = new AccessWriter(program, map.variable);
  if (entry.call === "map.fill") return writer.fill(entry);
  return entry.call === "map.read" ? writer.read(entry) : writer.write(entry);
}
