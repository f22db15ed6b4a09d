/**
 * Whether a buffer's map is write-combined: no call tells, but uncached reads are slow.
 *
 * @module
 */
import { KernelRefusal } from "../../errors.ts";
import { MAP_SHARED, PROT_READ, PROT_WRITE } from "../../ffi/constants.ts";
import { isError, type Kernel } from "../../ffi/kernel.ts";
import type { Buffer, DmaBuf } from "../../workspace/objects.ts";
import { fastest, timeText } from "./_time.ts";
import type { Observed, Probe } from "../probe.ts";
import { type Bench, cannotBeTold } from "../probe_bench.ts";

/** Bytes that are read. */
const BYTES = 256 << 10;
/** How much slower than plain memory an uncached read has to be. */
const CLEARLY = 3;

/** Nanoseconds to read plain memory, mapped and reached as the buffer is. */
function plainTime(kernel: Kernel, access: "direct" | "copied"): number {
  const fd = kernel.memfdCreate("boctl-probe", 0);
  if (isError(fd)) throw new KernelRefusal("memfd_create", "plain memory", fd);
  try {
    const truncated = kernel.ftruncate(fd, BigInt(BYTES));
    if (isError(truncated)) throw new KernelRefusal("ftruncate", "plain memory", truncated);
    const prot = PROT_READ | PROT_WRITE;
    const mapping = kernel.mmap(BYTES, prot, MAP_SHARED, fd, 0n, access);
    if (typeof mapping === "number") throw new KernelRefusal("mmap", "plain memory", mapping);
    try {
      mapping.fill(0, BYTES, 1);
      const into = new Uint8Array(BYTES);
      return fastest(kernel, () => void mapping.read(0, into));
    } finally {
      mapping.unmap();
    }
  } finally {
    kernel.close(fd);
  }
}

function readTime(bench: Bench, object: Buffer | DmaBuf): number {
  const via = object.kind === "buffer" ? "node" : "dma-buf";
  return bench.mapped(object, { writable: true, via }, (access) => {
    access.write(0, new Uint8Array(BYTES).fill(1));
    return fastest(bench.workspace.kernel, () => void access.read(0, BYTES));
  });
}

export const probe: Probe = {
  id: "caching-by-read-time",
  question: "How long does reading a buffer take, beside plain memory?",
  rule: "caching-cannot-be-read-back",
  run(bench): Observed {
    const { kernel } = bench.workspace;
    if (kernel.identity.backend === "sim") {
      throw cannotBeTold("the simulator's clock does not count the CPU's accesses");
    }
    const size = BigInt(BYTES);
    const isDevice = bench.subject.kind === "device";
    const plain = plainTime(kernel, isDevice ? "direct" : "copied");
    const own = readTime(
      bench,
      isDevice ? bench.buffer({ size }) : bench.dmaBuf({ rdwr: true, size: BYTES }),
    );
    const cached = isDevice && bench.subject.cachedMaps === true
      ? readTime(bench, bench.buffer({ size, cached: true }))
      : undefined;
    const numbers = {
      plain_memory_ns: plain,
      buffer_ns: own,
      ...(cached === undefined ? {} : { cached_buffer_ns: cached }),
    };
    const told = `256 KiB of plain memory ${timeText(plain)}, of a buffer ${timeText(own)}` +
      (cached === undefined ? "" : `, of a cached one ${timeText(cached)}`);
    const slow = (ns: number | undefined): boolean => ns !== undefined && ns >= CLEARLY * plain;
    if (!slow(own) && !slow(cached)) {
      const detail = `maps that are cached, or a machine without caches: ${told}`;
      return { answer: "consistent", detail, numbers };
    }
    const detail = slow(cached)
      ? `no cached map at all: ${told}`
      : `a write-combined map${cached === undefined ? "" : ", and a cached one"}: ${told}`;
    return { answer: "consistent", detail, numbers };
  },
};
