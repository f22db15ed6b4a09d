// The firmware's memory as the driver and the microcontroller share it.
const SHARED_BASE = 0x04000000;
const SHARED_SIZE = 0x20000;
const GROUPS = 8;
const STREAMS = 8;
const VERSION_1_5 = 0x01050000;
// Where the interfaces and their request words lie within the shared section.
const GLOBAL_REQUESTS = 0x8000;
const GROUP_INTERFACES = 0x1000;
const GROUP_STRIDE = 0x100;
const GROUP_REQUESTS = 0x9000;
const STREAM_INTERFACES = 0x40; // after its group's interface
const STREAM_STRIDE = 0x10;
const STREAM_REQUESTS = 0xa000;
// 96 registers (less one), 8 scoreboards, and the iterators for compute, fragment, tiler.
const STREAM_FEATURES = 0x5f | 8 << 8 | 7 << 16;
// The file: header, one section entry, then the data.
const MAGIC = 0xc3f13a6e;
const HEADER_BYTES = 20;
const DATA_AT = 0x40;
const SECTION_NAME = "shared\0\0";
const ENTRY_BYTES = 4 + 5 * 4 + SECTION_NAME.length;
// CPU- and firmware-readable and -writable, and shared.
const SECTION_FLAGS = 0x40000003;

/**
 * A firmware for panthor that acknowledges everything without running: in every interface the
 * input address is the output address, so that each request word is its own acknowledgement.
 *
 * @see panthor_fw.c for the layout of the file and of the interfaces.
 */
export function csfFirmware(): Uint8Array {
  const file = new Uint8Array(DATA_AT + SHARED_SIZE);
  writeWords(file, 0, [
    MAGIC,
    3, // minor 3, major 0
    0x12345678, // version hash, only printed
    0,
    HEADER_BYTES + ENTRY_BYTES,
  ]);
  writeWords(file, HEADER_BYTES, [
    ENTRY_BYTES << 8, // entry type 0: a section
    SECTION_FLAGS,
    SHARED_BASE,
    SHARED_BASE + SHARED_SIZE,
    DATA_AT,
    DATA_AT + SHARED_SIZE,
  ]);
  file.set(new TextEncoder().encode(SECTION_NAME), HEADER_BYTES + 24);
  writeInterfaces(file.subarray(DATA_AT));
  return file;
}

function writeInterfaces(shared: Uint8Array): void {
  const global = SHARED_BASE + GLOBAL_REQUESTS;
  writeWords(shared, 0, [VERSION_1_5, 0, global, global, GROUPS, GROUP_STRIDE]);
  for (let group = 0; group < GROUPS; group++) {
    const at = GROUP_INTERFACES + group * GROUP_STRIDE;
    const requests = SHARED_BASE + GROUP_REQUESTS + group * 0x100;
    writeWords(shared, at, [0, requests, requests, 0x1000, 0x1000, STREAMS, STREAM_STRIDE]);
    for (let stream = 0; stream < STREAMS; stream++) {
      const address = SHARED_BASE + STREAM_REQUESTS + (group * STREAMS + stream) * 0x100;
      const streamAt = at + STREAM_INTERFACES + stream * STREAM_STRIDE;
      writeWords(shared, streamAt, [STREAM_FEATURES, address, address]);
    }
  }
}

function writeWords(bytes: Uint8Array, at: number, words: readonly number[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  words.forEach((word, i) => view.setUint32(at + i * 4, word, true));
}
