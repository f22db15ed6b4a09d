/**
 * What work on memory costs on the virtual clock. The numbers are chosen, not measured: of the order
 * of a small arm64 board's, so that what grows with the lines of a range and what grows with the
 * bytes of a buffer can be told apart. The same work costs the same on every machine.
 *
 * @module
 */

/** Nanoseconds to maintain one cache line by address, whether it is there or not. */
export const LINE_NANOSECONDS = 10;
/** Bytes that are copied in a nanosecond as pages move: 4 GB/s. */
export const BYTES_MOVED_PER_NANOSECOND = 4;
