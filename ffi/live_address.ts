/**
 * Pointers inside arguments: an ioctl's structure holds addresses of other memory, which only the
 * live kernel knows.
 *
 * @module
 */
import type { Address, Block } from "./kernel.ts";

/** One pointer field as it was, and the memory that must stay alive while it points there. */
interface Patch {
  readonly view: DataView<ArrayBuffer>;
  readonly offset: number;
  readonly before: bigint;
  readonly patched: bigint;
  readonly target: Block | Address;
}

/** Where a zero-length target points: mapped memory, since to the kernel NULL means "none". */
const somewhere = new Uint8Array(64);

/**
 * The address of the bytes. It holds as long as `bytes.buffer` is referenced: asking for the buffer
 * takes a small array's bytes out of V8's moving heap. Deno gives null for an empty array.
 */
function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  if (bytes.byteLength === 0) return addressOf(somewhere);
  const start = Deno.UnsafePointer.of(bytes.buffer);
  return Deno.UnsafePointer.value(start) + BigInt(bytes.byteOffset);
}

function patchInto(block: Block, patches: Patch[], seen: Set<Block>): void {
  if (seen.has(block)) return;
  seen.add(block);
  const { buffer, byteOffset, byteLength } = block.bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  for (const { offset, target } of block.refs ?? []) {
    const patched = BigInt.asUintN(
      64,
      typeof target === "bigint" ? target : addressOf(target.bytes),
    );
    const before = view.getBigUint64(offset, true);
    patches.push({ view, offset, before, patched, target });
    view.setBigUint64(offset, patched, true);
    if (typeof target !== "bigint") patchInto(target, patches, seen);
  }
}

/** Puts a field back, unless the kernel wrote an answer over it (the out half of a union). */
function restore({ view, offset, before, patched, target }: Patch): void {
  // Reading `target` here is also what keeps its memory referenced until after the call.
  if (typeof target !== "bigint" && target.bytes.buffer.detached) return;
  if (view.getBigUint64(offset, true) === patched) view.setBigUint64(offset, before, true);
}

/**
 * Runs `call` while every reference of `block`, nested ones too, holds its target's address, and
 * puts the pointer fields back afterwards, also when `call` throws.
 *
 * @throws {RangeError} for a reference outside its block
 */
export function withAddresses<T>(block: Block, call: () => T): T {
  if (block.refs === undefined || block.refs.length === 0) return call();
  const patches: Patch[] = [];
  try {
    patchInto(block, patches, new Set());
    return call();
  } finally {
    // Backwards: a field patched twice ends with what it held at first.
    for (let i = patches.length - 1; i >= 0; i--) {
      const patch = patches[i];
      if (patch) restore(patch);
    }
  }
}
