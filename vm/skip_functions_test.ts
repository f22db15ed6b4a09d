import { assertEquals, assertThrows } from "@std/assert";
import { SetupError } from "./errors.ts";
import { skipFunctions } from "./skip_functions.ts";

const [NOP, PACIASP, PUSH, MOVE, RETURN] = [
  0xd503201f,
  0xd503233f,
  0xa9bf7bfd,
  0x52800000,
  0xd65f03c0,
];
const TEXT_AT = 64;
// What the first function looks like, then the second, four instructions each.
const TEXT = [NOP, NOP, PACIASP, PUSH, NOP, NOP, PACIASP, PUSH];
const FIRST = TEXT.slice(0, 4);
const SKIPPED = [NOP, NOP, MOVE, RETURN];

/** A module with two functions, one of them called "second", and a relocation at `relocated`. */
function moduleFile(relocated: number, machine = 183): Uint8Array {
  const names = "\0first\0second\0";
  const stringsAt = TEXT_AT + TEXT.length * 4;
  const symbolsAt = stringsAt + 16;
  const relocationsAt = symbolsAt + 2 * 24;
  const sectionsAt = relocationsAt + 24;
  const bytes = new Uint8Array(sectionsAt + 5 * 64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  view.setUint16(0x12, machine, true);
  view.setBigUint64(0x28, BigInt(sectionsAt), true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, 5, true);
  TEXT.forEach((word, i) => view.setUint32(TEXT_AT + i * 4, word, true));
  bytes.set(new TextEncoder().encode(names), stringsAt);
  [names.indexOf("first"), names.indexOf("second")].forEach((name, i) => {
    const at = symbolsAt + i * 24;
    view.setUint32(at, name, true);
    view.setUint8(at + 4, 2); // a function
    view.setUint16(at + 6, 1, true); // of section 1
    view.setBigUint64(at + 8, BigInt(i * 16), true);
    view.setBigUint64(at + 16, 16n, true);
  });
  view.setBigUint64(relocationsAt, BigInt(relocated), true);
  const section = (
    index: number,
    type: number,
    from: number,
    size: number,
    link: number,
    info: number,
  ): void => {
    const at = sectionsAt + index * 64;
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 24, BigInt(from), true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setUint32(at + 40, link, true);
    view.setUint32(at + 44, info, true);
  };
  section(1, 1, TEXT_AT, TEXT.length * 4, 0, 0);
  section(2, 3, stringsAt, 16, 0, 0);
  section(3, 2, symbolsAt, 48, 2, 0);
  section(4, 4, relocationsAt, 24, 3, 1);
  return bytes;
}

function textOf(file: Uint8Array): number[] {
  const view = new DataView(file.buffer, file.byteOffset);
  return TEXT.map((_, i) => view.getUint32(TEXT_AT + i * 4, true));
}

Deno.test("skipFunctions() makes one function return 0, behind ftrace's NOPs", () => {
  const file = moduleFile(0);
  const changed = skipFunctions("gpu", file, ["second"]);
  assertEquals(textOf(changed), [...FIRST, ...SKIPPED]);
  assertEquals(textOf(file), TEXT);
});

Deno.test("skipFunctions() changes every function that is named", () => {
  assertEquals(textOf(skipFunctions("gpu", moduleFile(0), ["first", "second"])), [
    ...SKIPPED,
    ...SKIPPED,
  ]);
});

Deno.test("skipFunctions() takes the mark of a signature off, which would not fit any more", () => {
  const file = moduleFile(0);
  const mark = new TextEncoder().encode("~Module signature appended~\n");
  const signed = new Uint8Array([...file, ...mark]);
  assertEquals(skipFunctions("gpu", signed, ["first"]).length, file.length);
});

Deno.test("skipFunctions() refuses a name that the module lacks, in part too", () => {
  for (const name of ["third", "sec", "ond"]) {
    assertThrows(
      () => skipFunctions("gpu", moduleFile(0), [name]),
      SetupError,
      `Module "gpu" has no function "${name}" to skip`,
    );
  }
});

Deno.test("skipFunctions() refuses what the kernel would write over when it loads the module", () => {
  assertThrows(
    () => skipFunctions("gpu", moduleFile(24), ["second"]),
    SetupError,
    'The beginning of "second" in module "gpu" cannot be replaced',
  );
});

Deno.test("skipFunctions() refuses a file of another architecture", () => {
  assertThrows(() => skipFunctions("gpu", moduleFile(0, 62), ["first"]), SetupError, "arm64");
});
