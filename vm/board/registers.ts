import type { RegisterBlock } from "../machine.ts";

/** The bytes of a register block at power-on: little-endian words, 0 where nothing is said. */
export function registerFile(block: RegisterBlock): Uint8Array {
  const bytes = new Uint8Array(block.size);
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of block.registers) view.setUint32(offset, value, true);
  return bytes;
}
