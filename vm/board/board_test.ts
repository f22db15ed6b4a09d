import { assertEquals } from "@std/assert";
import { csfFirmware } from "./csf_firmware.ts";
import { registerFile } from "./registers.ts";

function wordsAt(bytes: Uint8Array, at: number, count: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => view.getUint32(at + i * 4, true));
}

Deno.test("registerFile() is little-endian, and 0 where nothing is said", () => {
  const bytes = registerFile({ address: 0, size: 16, registers: [[4, 0x72120000]] });
  assertEquals([...bytes], [0, 0, 0, 0, 0, 0, 0x12, 0x72, 0, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("csfFirmware() has one section, whose data is all that follows the header", () => {
  const file = csfFirmware();
  const [magic, version, , , headerEnd] = wordsAt(file, 0, 5);
  assertEquals([magic, version], [0xc3f13a6e, 3]);
  const [entry = 0, , start = 0, end = 0, from = 0, to = 0] = wordsAt(file, 20, 6);
  assertEquals(20 + (entry >>> 8), headerEnd);
  assertEquals(to - from, end - start);
  assertEquals(to, file.length);
});

Deno.test("csfFirmware() acknowledges in place: every output address is the input address", () => {
  const shared = csfFirmware().subarray(0x40);
  const [, , input, output, groups = 0, stride = 0] = wordsAt(shared, 0, 6);
  assertEquals(input, output);
  const seen = new Set([input]);
  for (let group = 0; group < groups; group++) {
    const at = 0x1000 + group * stride;
    const [, groupIn, groupOut, , , streams = 0, streamStride = 0] = wordsAt(shared, at, 7);
    assertEquals(groupIn, groupOut);
    seen.add(groupIn);
    for (let stream = 0; stream < streams; stream++) {
      const [, streamIn, streamOut] = wordsAt(shared, at + 0x40 + stream * streamStride, 3);
      assertEquals(streamIn, streamOut);
      seen.add(streamIn);
    }
  }
  assertEquals(seen.size, 1 + groups + groups * 8);
});
