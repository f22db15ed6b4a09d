/**
 * What a program for vc4's shader processor has to be like (vc4_validate_shaders.c), as far as
 * programs go that neither read nor write anything; others are not simulated.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";

/** Bytes of an instruction. */
const INSTRUCTION = 8;
/** Signals, bits 63 to 60. */
const NONE = 1;
const PROG_END = 3;
/** Signals that no program may have. */
const REFUSED = [0, 7, 9, 12];
/** Instructions after the end's that still run. */
const DELAY_SLOTS = 2;
/** The register address that stands for none. */
const NOWHERE = 39;

/** Whether an instruction other than by its signal does nothing. */
function isIdle(low: number, high: number): boolean {
  const operations = low >>> 24;
  const reads = [(low >>> 18) & 0x3f, (low >>> 12) & 0x3f];
  const writes = [(high >>> 6) & 0x3f, high & 0x3f];
  return operations === 0 && [...reads, ...writes].every((address) => address === NOWHERE);
}

/**
 * vc4_validate_shader(): 0, -EINVAL for a program that is refused, -EOPNOTSUPP for one that only a
 * kernel can judge.
 */
export function checkShader(program: Uint8Array): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let end: number | null = null;
  for (let at = 0; at < program.byteLength; at += INSTRUCTION) {
    const [low, high] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const signal = high >>> 28;
    if (REFUSED.includes(signal)) return -errno.EINVAL;
    if (!isIdle(low, high) || (signal !== NONE && signal !== PROG_END)) return -errno.EOPNOTSUPP;
    if (signal === PROG_END) end = at;
    if (end !== null && at === end + DELAY_SLOTS * INSTRUCTION) return 0;
  }
  // What follows in the buffer is zeroes, and so is refused; a full buffer has no end.
  return -errno.EINVAL;
}
