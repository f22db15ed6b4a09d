import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { Block } from "./kernel.ts";
import { withAddresses } from "./live_address.ts";

function fieldAt(block: Block, offset: number): bigint {
  const { buffer, byteOffset } = block.bytes;
  return new DataView(buffer, byteOffset).getBigUint64(offset, true);
}

/** What is at the address that a block's field holds. */
function behind(block: Block, offset: number, length: number): Uint8Array {
  const pointer = Deno.UnsafePointer.create(fieldAt(block, offset));
  if (pointer === null) throw new Error("the field holds NULL");
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, length));
}

Deno.test("withAddresses() patches references, nested ones too, and puts the fields back", () => {
  const label = { bytes: new TextEncoder().encode("label") };
  const inner: Block = {
    bytes: new Uint8Array(16).fill(7),
    refs: [{ offset: 8, target: label }],
  };
  const outer: Block = {
    bytes: new Uint8Array(24).fill(3),
    refs: [{ offset: 0, target: inner }, { offset: 16, target: 0x1234n }],
  };
  const result = withAddresses(outer, () => {
    assertEquals(fieldAt(outer, 16), 0x1234n);
    assertEquals(fieldAt(outer, 8), 0x0303030303030303n);
    const seen = behind(outer, 0, 16);
    assertEquals([...seen.subarray(0, 8)], new Array(8).fill(7));
    assertEquals(new TextDecoder().decode(behind(inner, 8, 5)), "label");
    seen[0] = 99; // as the kernel writes
    return "done";
  });
  assertEquals(result, "done");
  assertEquals([...outer.bytes], new Array(24).fill(3));
  assertEquals([...inner.bytes], [99, ...new Array(15).fill(7)]);
});

Deno.test("withAddresses() points at the right bytes of a larger buffer", () => {
  const memory = new Uint8Array(64).map((_, i) => i);
  const target = { bytes: memory.subarray(40, 44) };
  const block: Block = {
    bytes: memory.subarray(8, 24),
    refs: [{ offset: 0, target }, { offset: 8, target }],
  };
  withAddresses(block, () => {
    assertEquals([...behind(block, 0, 4)], [40, 41, 42, 43]);
    assertEquals(fieldAt(block, 0), fieldAt(block, 8), "one target has one address");
  });
  assertEquals([...memory], [...new Array(64).keys()]);
});

Deno.test("withAddresses() never makes NULL of an empty target", () => {
  for (const bytes of [new Uint8Array(), new Uint8Array(8).subarray(8)]) {
    const block: Block = { bytes: new Uint8Array(8), refs: [{ offset: 0, target: { bytes } }] };
    withAddresses(block, () => assertNotEquals(fieldAt(block, 0), 0n));
    assertEquals(fieldAt(block, 0), 0n);
  }
});

Deno.test("withAddresses() passes NULL and bad addresses as they are", () => {
  for (const target of [0n, 8n, 2n ** 64n - 1n, -1n]) {
    const block: Block = { bytes: new Uint8Array(8).fill(1), refs: [{ offset: 0, target }] };
    withAddresses(block, () => assertEquals(fieldAt(block, 0), BigInt.asUintN(64, target)));
    assertEquals([...block.bytes], new Array(8).fill(1));
  }
});

Deno.test("withAddresses() keeps what the kernel wrote over a pointer field", () => {
  const block: Block = {
    bytes: new Uint8Array(8),
    refs: [{ offset: 0, target: { bytes: new Uint8Array(4) } }],
  };
  withAddresses(block, () => block.bytes.set([5, 0, 0, 0, 0, 0, 0, 0]));
  assertEquals(fieldAt(block, 0), 5n);
});

Deno.test("withAddresses() puts a field back that two references fill", () => {
  const block: Block = {
    bytes: new Uint8Array(8).fill(4),
    refs: [{ offset: 0, target: { bytes: new Uint8Array(4) } }, { offset: 0, target: 8n }],
  };
  withAddresses(block, () => assertEquals(fieldAt(block, 0), 8n, "the last one counts"));
  assertEquals([...block.bytes], new Array(8).fill(4));
});

Deno.test("withAddresses() puts fields back when the call throws", () => {
  const block: Block = {
    bytes: new Uint8Array(8).fill(2),
    refs: [{ offset: 0, target: { bytes: new Uint8Array(4) } }],
  };
  assertThrows(
    () =>
      withAddresses(block, () => {
        throw new TypeError("no");
      }),
    TypeError,
  );
  assertEquals([...block.bytes], new Array(8).fill(2));
});

Deno.test("withAddresses() throws RangeError for a reference outside, changing nothing", () => {
  const target = { bytes: new Uint8Array(4) };
  const block: Block = {
    bytes: new Uint8Array(12).fill(2),
    refs: [{ offset: 0, target }, { offset: 8, target }],
  };
  assertThrows(() => withAddresses(block, () => {}), RangeError);
  assertEquals([...block.bytes], new Array(12).fill(2));
});

Deno.test("withAddresses() follows a block that refers to itself only once", () => {
  const refs: { offset: number; target: Block }[] = [];
  const block: Block = { bytes: new Uint8Array(16), refs };
  refs.push({ offset: 0, target: block }, { offset: 8, target: block });
  withAddresses(block, () => assertEquals(fieldAt(block, 0), fieldAt(block, 8)));
  assertEquals([...block.bytes], new Array(16).fill(0));
});

Deno.test("withAddresses() holds addresses still through collections", () => {
  for (let round = 0; round < 20; round++) {
    const items = Array.from({ length: 200 }, (_, i) => ({ bytes: new Uint8Array([i, round]) }));
    const block: Block = {
      bytes: new Uint8Array(8 * items.length),
      refs: items.map((target, i) => ({ offset: 8 * i, target })),
    };
    withAddresses(block, () => {
      let junk: unknown[] = [];
      for (let i = 0; i < 50_000; i++) junk.push({ i });
      junk = [];
      items.forEach((_, i) => assertEquals([...behind(block, 8 * i, 2)], [i, round]));
      return junk;
    });
  }
});
