/** mmap on the GPUs' nodes and on their dma-bufs: what no option of `boctl mmap` can ask for. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { MAP_PRIVATE, O_RDONLY, PROT_READ } from "../../ffi/constants.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import { type CallCase, callCase, type CallGroup } from "./_call_case.ts";
import { panthors, shmemGpus as on } from "./_gpus.ts";
import { newMaps } from "./_maps.ts";

/** Whole pages, of 16 KiB too. */
const BYTES = 32768;
const NO_MMAP = panthor.constants.DRM_PANTHOR_BO_NO_MMAP;

/** What mappings of the GPUs and their dma-bufs look like. */
const SHOWN = /\/dmabuf:|\/dev\/dri\//;

const cases: readonly CallCase[] = [
  callCase(
    "node mmap takes exactly the fake offset, and at most the buffer's bytes",
    on,
    (bench) => {
      const at = bench.offsetOf(bench.create(BYTES));
      const page = BigInt(bench.kernel.identity.pageSize);
      const ask = (length: number, offset: bigint): string =>
        bench.askMap(bench.fd, length, { offset });
      assertEquals(
        [
          ask(BYTES, at),
          ask(4096, at),
          ask(BYTES + 1, at),
          ask(4096, at + page),
          ask(4096, at - page),
        ],
        ["ok", "ok", "EINVAL", "EINVAL", "EINVAL"],
      );
    },
  ),
  callCase("node mmap is EACCES for an open file without a handle", on, (bench) => {
    const offset = bench.offsetOf(bench.create(BYTES));
    assertEquals(bench.askMap(bench.open(bench.gpu.node), BYTES, { offset }), "EACCES");
  }),
  callCase("node mmap for writing needs the node open for writing", on, (bench) => {
    const fd = bench.open(bench.gpu.node, O_RDONLY);
    const offset = bench.offsetOf(bench.create(BYTES, 0, 0, fd), fd);
    assertEquals(bench.askMap(fd, BYTES, { offset }), "EACCES");
    assertEquals(bench.askMap(fd, BYTES, { offset, prot: PROT_READ }), "ok");
  }),
  callCase(
    "MAP_PRIVATE is EINVAL, for reading too, on the node and on the dma-buf",
    on,
    (bench) => {
      const handle = bench.create(BYTES);
      const [offset, fd] = [bench.offsetOf(handle), bench.export(handle)];
      const flags = MAP_PRIVATE;
      assertEquals(bench.askMap(bench.fd, BYTES, { offset, flags }), "EINVAL");
      assertEquals(bench.askMap(bench.fd, BYTES, { offset, flags, prot: PROT_READ }), "EINVAL");
      assertEquals(bench.askMap(fd, BYTES, { flags }), "EINVAL");
      assertEquals(bench.askMap(fd, BYTES, { flags, prot: PROT_READ }), "EINVAL");
    },
  ),
  callCase("MAP_PRIVATE of an import is EINVAL, too", on, (bench) => {
    const offset = bench.offsetOf(bench.foreign(BYTES).handle);
    assertEquals(bench.askMap(bench.fd, BYTES, { offset, flags: MAP_PRIVATE }), "EINVAL");
  }),
  callCase("a dma-buf mapped at an offset shows its first page", on, (bench) => {
    const page = bench.kernel.identity.pageSize;
    const fd = bench.export(bench.create(2 * page));
    const whole = bench.map(fd, 2 * page);
    whole.fill(0, page, 0x11);
    whole.fill(page, page, 0x22);
    const second = bench.map(fd, page, { offset: BigInt(page) });
    const seen = new Uint8Array(1);
    second.read(0, seen);
    assertEquals(seen[0], 0x11);
    assertEquals(bench.askMap(fd, 2 * page, { offset: BigInt(page) }), "EINVAL");
  }),
  callCase("a dma-buf is mapped no longer than it is", on, (bench) => {
    const fd = bench.export(bench.create(BYTES));
    assertEquals([bench.askMap(fd, BYTES), bench.askMap(fd, BYTES + 1)], ["ok", "EINVAL"]);
  }),
  callCase("a dma-buf exported without RDWR is mapped for reading only", on, (bench) => {
    const fd = bench.export(bench.create(BYTES), 0);
    assertEquals(bench.askMap(fd, BYTES), "EACCES");
    assertEquals(bench.askMap(fd, BYTES, { prot: PROT_READ }), "ok");
  }),
  callCase("an import's node mmap is the exporter's dma-buf in /proc/self/maps", on, (bench) => {
    const { handle } = bench.foreign(BYTES);
    const offset = bench.offsetOf(handle);
    assertStringIncludes(
      newMaps(bench, SHOWN, () => bench.map(bench.fd, BYTES, { offset })),
      "/dmabuf:",
    );
    const own = bench.offsetOf(bench.create(BYTES));
    assertStringIncludes(
      newMaps(bench, SHOWN, () => bench.map(bench.fd, BYTES, { offset: own })),
      `/dev/dri/${bench.gpu.node}`,
    );
  }),
  callCase("an import's node mmap and its dma-buf are one memory", on, (bench) => {
    const { handle, dmaBufFd } = bench.foreign(BYTES);
    const node = bench.map(bench.fd, BYTES, { offset: bench.offsetOf(handle) });
    const fd = bench.map(dmaBufFd, BYTES);
    node.write(5, new Uint8Array([1, 2, 3]));
    const seen = new Uint8Array(3);
    fd.read(5, seen);
    assertEquals([...seen], [1, 2, 3]);
  }),
  callCase(
    "panthor: a NO_MMAP buffer's dma-buf is mapped since the offset is refused",
    panthors,
    (bench) => {
      const handle = bench.create(BYTES, NO_MMAP);
      const fd = bench.export(handle);
      assertEquals(bench.askMap(fd, BYTES), bench.recent ? "ok" : "EINVAL");
      if (bench.recent) return;
      assertEquals(bench.askMap(bench.fd, BYTES, { offset: bench.offsetOf(handle) }), "EINVAL");
    },
  ),
];

export const group: CallGroup = {
  subject: "mappings",
  cases,
};
