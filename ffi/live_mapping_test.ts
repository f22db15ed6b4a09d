import { assertEquals, assertThrows } from "@std/assert";
import { MAP_SHARED, PROT_NONE, PROT_READ, PROT_WRITE } from "./constants.ts";
import { errno } from "./errno.ts";
import type { Kernel, Mapping, MappingAccess } from "./kernel.ts";
import { openLiveKernel } from "./live_kernel.ts";

const PAGE = 65536; // a multiple of every page size
const RW = PROT_READ | PROT_WRITE;

/** A memfd of `length` bytes, mapped; `body` runs and nothing may be left. */
function withMapping(
  options: { access: MappingAccess; length?: number; prot?: number },
  body: (mapping: Mapping, fd: number, kernel: Kernel) => void,
): void {
  const kernel = openLiveKernel();
  const length = options.length ?? PAGE;
  const fd = kernel.memfdCreate("mapping-test", 0);
  assertEquals(kernel.ftruncate(fd, BigInt(length)), 0);
  const mapping = kernel.mmap(length, options.prot ?? RW, MAP_SHARED, fd, 0n, options.access);
  if (typeof mapping === "number") throw new Error(`mmap answered ${mapping}`);
  try {
    body(mapping, fd, kernel);
  } finally {
    mapping.unmap();
    kernel.close(fd);
    kernel.dispose();
  }
}

function bytesOf(mapping: Mapping, offset: number, length: number): number[] {
  const into = new Uint8Array(length);
  assertEquals(mapping.read(offset, into), length);
  return [...into];
}

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "Mapping tells the address that the kernel has it at",
  ignore,
  fn: () =>
    withMapping({ access: "copied" }, ({ address, length }, _fd, kernel) => {
      const line = `${address.toString(16)}-${(address + BigInt(length)).toString(16)} rw-s`;
      assertEquals(String(kernel.readText("/proc/self/maps")).includes(line), true, line);
    }),
});

for (const access of ["direct", "copied"] as const) {
  Deno.test({
    name: `Mapping (${access}) reads, writes and fills exactly the range`,
    ignore,
    fn: () =>
      withMapping({ access }, (mapping) => {
        assertEquals(mapping.length, PAGE);
        assertEquals(mapping.prot, RW);
        assertEquals(mapping.write(3, new Uint8Array([1, 2, 3])), 3);
        assertEquals(mapping.fill(5, 3, 9), 3);
        assertEquals(bytesOf(mapping, 2, 7), [0, 1, 2, 9, 9, 9, 0]);
        assertEquals(mapping.write(PAGE - 1, new Uint8Array([7])), 1);
        assertEquals(bytesOf(mapping, PAGE - 2, 2), [0, 7]);
        assertEquals(mapping.read(PAGE, new Uint8Array()), 0);
        assertEquals(mapping.fill(0, 0, 1), 0);
      }),
  });

  Deno.test({
    name: `Mapping (${access}) moves more than a staging chunk, at odd offsets`,
    ignore,
    fn: () =>
      withMapping({ access, length: 3 << 20 }, (mapping) => {
        const pattern = new Uint8Array((2 << 20) + 4321).map((_, i) => (i * 7 + (i >> 12)) & 0xff);
        assertEquals(mapping.write(12345, pattern), pattern.length);
        const back = new Uint8Array(pattern.length);
        assertEquals(mapping.read(12345, back), back.length);
        assertEquals(back, pattern);
        assertEquals(mapping.fill(1, (3 << 20) - 2, 0xa5), (3 << 20) - 2);
        assertEquals(bytesOf(mapping, 0, 3), [0, 0xa5, 0xa5]);
        assertEquals(bytesOf(mapping, (3 << 20) - 3, 3), [0xa5, 0xa5, 0]);
      }),
  });

  Deno.test({
    name: `Mapping (${access}) throws RangeError for a range outside`,
    ignore,
    fn: () =>
      withMapping({ access }, (mapping) => {
        const outside: [number, number][] = [
          [PAGE, 1],
          [-1, 1],
          [0, PAGE + 1],
          [0.5, 1],
          [NaN, 1],
          [2 ** 53, 1],
        ];
        for (const [offset, length] of outside) {
          const bytes = new Uint8Array(length);
          assertThrows(() => mapping.read(offset, bytes), RangeError);
          assertThrows(() => mapping.write(offset, bytes), RangeError);
          assertThrows(() => mapping.fill(offset, length, 0), RangeError);
        }
        assertThrows(() => mapping.fill(0, -1, 0), RangeError);
        assertThrows(() => mapping.fill(0, Infinity, 0), RangeError);
      }),
  });

  Deno.test({
    name: `Mapping (${access}) touches nothing that its protection forbids`,
    ignore,
    fn: () => {
      withMapping({ access, prot: PROT_READ }, (mapping) => {
        assertEquals(mapping.write(0, new Uint8Array([1])), 0);
        assertEquals(mapping.fill(0, 8, 1), 0);
        assertEquals(bytesOf(mapping, 0, 2), [0, 0]);
      });
      withMapping({ access, prot: PROT_WRITE }, (mapping) => {
        assertEquals(mapping.write(0, new Uint8Array([1])), 1);
        assertEquals(mapping.read(0, new Uint8Array(1)), 0);
      });
      withMapping({ access, prot: PROT_NONE }, (mapping) => {
        assertEquals(mapping.read(0, new Uint8Array(1)), 0);
        assertEquals(mapping.write(0, new Uint8Array(1)), 0);
      });
    },
  });

  Deno.test({
    name: `Mapping.unmap() (${access}) works once; the mapping is dead afterwards`,
    ignore,
    fn: () =>
      withMapping({ access }, (mapping) => {
        mapping.write(0, new Uint8Array([1]));
        assertEquals(mapping.unmap(), 0);
        assertEquals(mapping.unmap(), -errno.EINVAL);
        const into = new Uint8Array([9]);
        assertEquals(mapping.read(0, into), 0);
        assertEquals([...into], [9]);
        assertEquals(mapping.write(0, into), 0);
        assertEquals(mapping.fill(0, 1, 1), 0);
      }),
  });

  Deno.test({
    name: `Mapping (${access}) can be made and dropped many times`,
    ignore,
    fn: () =>
      withMapping({ access }, (_mapping, fd, kernel) => {
        for (let i = 0; i < 2000; i++) {
          const again = kernel.mmap(PAGE, RW, MAP_SHARED, fd, 0n, access);
          if (typeof again === "number") throw new Error(`mmap answered ${again}`);
          assertEquals(bytesOf(again, 0, 1), [i & 0xff]);
          again.fill(0, PAGE, i + 1 & 0xff);
          assertEquals(again.unmap(), 0);
        }
      }),
  });
}

Deno.test({
  name: "Mapping (copied) ends short where memory is gone, to the byte before the page",
  ignore,
  fn: () =>
    withMapping({ access: "copied", length: 4 * PAGE }, (mapping, fd, kernel) => {
      assertEquals(mapping.fill(0, 4 * PAGE, 0x11), 4 * PAGE);
      assertEquals(kernel.ftruncate(fd, BigInt(2 * PAGE)), 0);
      const into = new Uint8Array(4 * PAGE);
      assertEquals(mapping.read(0, into), 2 * PAGE);
      assertEquals([into[2 * PAGE - 1], into[2 * PAGE]], [0x11, 0]);
      assertEquals(mapping.read(2 * PAGE - 3, into.subarray(0, 10)), 3);
      assertEquals(mapping.read(2 * PAGE, into.subarray(0, 1)), 0);
      assertEquals(mapping.write(PAGE + 1, new Uint8Array(3 * PAGE - 1).fill(0x22)), PAGE - 1);
      assertEquals(bytesOf(mapping, PAGE, 2), [0x11, 0x22]);
      assertEquals(mapping.fill(2 * PAGE - 5, 100, 0x33), 5);
      assertEquals(bytesOf(mapping, 2 * PAGE - 6, 6), [0x22, 0x33, 0x33, 0x33, 0x33, 0x33]);
      assertEquals(mapping.fill(3 * PAGE, PAGE, 1), 0);
    }),
});

Deno.test({
  name: "Mapping (copied) finds the fault beyond the first staging chunk",
  ignore,
  fn: () =>
    withMapping({ access: "copied", length: 8 << 20 }, (mapping, fd, kernel) => {
      const end = (5 << 20) + PAGE;
      assertEquals(kernel.ftruncate(fd, BigInt(end)), 0);
      assertEquals(mapping.fill(777, (8 << 20) - 777, 5), end - 777);
      assertEquals(mapping.read(1, new Uint8Array((8 << 20) - 1)), end - 1);
      assertEquals(mapping.write(1, new Uint8Array((8 << 20) - 1)), end - 1);
    }),
});

Deno.test({
  name: "Mapping (direct and copied) of one file agree after random accesses",
  ignore,
  fn: () =>
    withMapping({ access: "direct", length: 4 * PAGE }, (direct, fd, kernel) => {
      const copied = kernel.mmap(4 * PAGE, RW, MAP_SHARED, fd, 0n, "copied");
      if (typeof copied === "number") throw new Error(`mmap answered ${copied}`);
      const model = new Uint8Array(4 * PAGE);
      let seed = 12345;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return Math.floor(seed / 2 ** 32 * below);
      };
      for (let i = 0; i < 300; i++) {
        const mapping = random(2) === 0 ? direct : copied;
        const offset = random(model.length);
        const length = random(Math.min(10_000, model.length - offset));
        if (random(3) === 0) {
          const value = random(256);
          assertEquals(mapping.fill(offset, length, value), length);
          model.fill(value, offset, offset + length);
        } else {
          const bytes = new Uint8Array(length).map(() => random(256));
          assertEquals(mapping.write(offset, bytes), length);
          model.set(bytes, offset);
        }
      }
      for (const mapping of [direct, copied]) {
        const back = new Uint8Array(model.length);
        mapping.read(0, back);
        assertEquals(back, model);
      }
      copied.unmap();
    }),
});
