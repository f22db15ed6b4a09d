import { assertEquals, assertThrows } from "@std/assert";
import {
  array,
  chars,
  decode,
  encode,
  encodeArray,
  i32,
  i64,
  nested,
  pointer,
  store,
  struct,
  tail,
  u16,
  u32,
  u64,
  u8,
  union,
} from "./struct.ts";

const inner = struct("inner", { a: u8(), b: u64() });
const outer = struct("outer", {
  byte: u8(),
  half: u16(),
  word: i32(),
  wide: i64(),
  inner: nested(inner),
  list: array(2, 3),
  name: chars(5),
  target: pointer(inner),
});

function offsets(type: { layout: readonly { name: string; offset: number }[] }): unknown {
  return Object.fromEntries(type.layout.map(({ name, offset }) => [name, offset]));
}

Deno.test("struct() aligns every field to its size and the whole to its largest field", () => {
  assertEquals(offsets(inner), { a: 0, b: 8 });
  assertEquals([inner.size, inner.align], [16, 8]);
  assertEquals(offsets(outer), {
    byte: 0,
    half: 2,
    word: 4,
    wide: 8,
    inner: 16,
    list: 32,
    name: 38,
    target: 48,
  });
  assertEquals(outer.size, 56);
  assertEquals(struct("odd", { wide: u32(), byte: u8() }).size, 8);
});

Deno.test("struct() gives an embedded structure its own alignment, not its size", () => {
  const box = struct("box", { x: u32(), y: u32(), z: u32() });
  assertEquals(offsets(struct("s", { byte: u8(), box: nested(box) })), { byte: 0, box: 4 });
});

Deno.test("union() puts every member at 0 and takes the size of the largest", () => {
  const type = union("u", { small: u8(), wide: u64(), list: array(4, 3) });
  assertEquals(offsets(type), { small: 0, wide: 0, list: 0 });
  assertEquals([type.size, type.align], [16, 8]);
});

Deno.test("encode() and decode() are each other's inverse", () => {
  const target = encode(inner, { a: 1, b: 2n });
  const values = {
    byte: 0xff,
    half: 0x1234,
    word: -2,
    wide: -3n,
    inner: { a: 7, b: 0xffff_ffff_ffff_ffffn },
    list: [1n, 2n, 0xffffn],
    name: [0x61n, 0x62n, 0n, 0n, 0n],
    target,
  };
  const block = encode(outer, values);
  assertEquals(block.refs, [{ offset: 48, target }]);
  assertEquals(decode(outer, block), values);
});

Deno.test("encode() writes little-endian and leaves what is not given 0", () => {
  assertEquals(encode(inner, { b: 0x0102n }).bytes.toHex(), "00000000000000000201000000000000");
});

Deno.test("encode() takes signed and unsigned spellings of the same bits", () => {
  const type = struct("t", { signed: i32(), unsigned: u32() });
  const block = encode(type, { signed: 0xffffffff, unsigned: -1 });
  assertEquals(decode(type, block), { signed: -1, unsigned: 0xffffffff });
});

Deno.test("encode() refuses what does not fit, and says the bits", () => {
  assertThrows(() => encode(inner, { a: 256 }), RangeError, "inner.a has 8 bits: 256");
  assertThrows(() => encode(inner, { a: -129 }), RangeError, "inner.a has 8 bits: -129");
  assertThrows(() => encode(inner, { b: 1n << 64n }), RangeError, "inner.b has 64 bits");
  assertThrows(() => encode(outer, { list: [0x10000n] }), RangeError, "outer.list[0] has 16 bits");
  assertThrows(
    () => encode(outer, { list: [1n, 2n, 3n, 4n] }),
    RangeError,
    "holds 3 values, not 4",
  );
});

Deno.test("encode() refuses a field that the structure does not have", () => {
  const values: Record<string, number> = { c: 1 };
  assertThrows(() => encode(inner, values), TypeError, `struct inner has no field "c"`);
});

Deno.test("a raw address is written in place and read back as a number", () => {
  const block = encode(outer, { target: 0xdead_beefn });
  assertEquals(block.refs, undefined);
  assertEquals(decode(outer, block).target, 0xdead_beefn);
});

Deno.test("encodeArray() places structures side by side with their references", () => {
  const type = struct("p", { n: u32(), to: pointer() });
  const target = { bytes: Uint8Array.of(1) };
  const block = encodeArray(type, [{ n: 1 }, { n: 2, to: target }]);
  assertEquals(block.bytes.length, 32);
  assertEquals(block.refs, [{ offset: 24, target }]);
  assertEquals(decode(type, block, 16), { n: 2, to: target });
});

Deno.test("decode() reads what user space did not pass as 0", () => {
  const block = { bytes: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, 9) };
  assertEquals(decode(inner, block), { a: 7, b: 9n });
  assertEquals(decode(inner, { bytes: new Uint8Array(0) }), { a: 0, b: 0n });
});

const listed = struct("listed", { flags: u32(), count: u32(), list: tail(inner, "count") });

Deno.test("a flexible array adds nothing to the size and its elements to the memory", () => {
  assertEquals(listed.size, 8);
  assertEquals(offsets(listed), { flags: 0, count: 4, list: 8 });
  const values = { flags: 1, count: 2, list: [{ a: 1, b: 2n }, { a: 3, b: 4n }] };
  const block = encode(listed, values);
  assertEquals(block.bytes.length, 8 + 2 * 16);
  assertEquals(decode(listed, block), values);
});

Deno.test("decode() of a flexible array believes no count beyond the memory", () => {
  const block = encode(listed, { count: 1000, list: [{ a: 1, b: 2n }] });
  assertEquals(decode(listed, block).list, [{ a: 1, b: 2n }]);
});

Deno.test("store() changes the given fields alone, and nothing behind the memory's end", () => {
  const block = encode(inner, { a: 1, b: 2n });
  store(inner, block, { b: 3n });
  assertEquals(decode(inner, block), { a: 1, b: 3n });
  const short = { bytes: new Uint8Array(4) };
  store(inner, short, { a: 5, b: 6n });
  assertEquals(short.bytes.toHex(), "05000000");
});
