// Answers that no faithful simulated board gives: of other drivers, of real clocks, of bare machines.
import { assertEquals, assertMatch } from "@std/assert";
import type { Kernel, KernelIdentity, Mapping } from "../ffi/kernel.ts";
import { WrappedKernel, WrappedMapping } from "../ffi/wrapped_kernel.ts";
import { probeBoard, type ProbeTrial } from "./_probe_kit.ts";
import type { ProbeOutcome } from "./probe.ts";

/** The outcome of one probe on the board panthor. */
async function answerOf(probe: string, trial: ProbeTrial): Promise<ProbeOutcome> {
  const [outcome] = await probeBoard("panthor", { ...trial, select: [probe] });
  if (outcome === undefined) throw new Error(`${probe} was not asked`);
  return outcome;
}

Deno.test("sync-does-not-wait cannot be told without vgem's fence", async () => {
  const { answer, detail } = await answerOf("sync-does-not-wait", { without: ["vgem"] });
  assertEquals(answer, "cannot-be-told");
  assertMatch(
    detail,
    /^no vgem is here to make a buffer busy: no device "vgem" on this sim kernel/,
  );
});

Deno.test("an import cannot be probed where nobody else makes a dma-buf", async () => {
  const bare = { without: ["vgem", "heaps", "udmabuf"] } as const;
  const { answer, detail } = await answerOf("sync-of-import", bare);
  assertEquals(answer, "cannot-be-told");
  assertMatch(detail, /^nobody else here makes a dma-buf: no device "vgem"/);
  for (const without of [["heaps", "udmabuf"], ["vgem", "heaps"], ["vgem", "udmabuf"]] as const) {
    assertEquals((await answerOf("sync-of-import", { without })).answer, "refused");
  }
});

/** Maps of imports are the node's own, as with msm and vc4. */
class MapsItself extends WrappedKernel {
  override readText(path: string): string | number {
    const text = super.readText(path);
    return path === "/proc/self/maps" && typeof text === "string"
      ? text.replaceAll(/\/dmabuf:\S*/g, "/dev/dri/renderD128")
      : text;
  }
}

/** Maps are SIGBUS at the first touch, as of imports with amdgpu, xe and nouveau. */
class NoTouch extends WrappedKernel {
  override mmap(...args: Parameters<WrappedKernel["mmap"]>): ReturnType<WrappedKernel["mmap"]> {
    const mapping = super.mmap(...args);
    return typeof mapping === "number" ? mapping : new Untouchable(mapping);
  }
}

class Untouchable extends WrappedMapping {
  override read(): number {
    return 0;
  }
}

Deno.test("import-mapped-through-node tells who maps, and what a touch would be", async () => {
  const told = async (wrap: (kernel: Kernel) => Kernel): Promise<string> => {
    const { answer, detail } = await answerOf("import-mapped-through-node", { wrap });
    return `${answer}: ${detail}`;
  };
  assertEquals(
    await told((kernel) => new MapsItself(kernel)),
    "allowed: by the importer itself, behind the exporter's back",
  );
  assertEquals(
    await told((kernel) => new NoTouch(kernel)),
    "allowed: redirected to the exporter, and SIGBUS at the first touch",
  );
});

/** A live machine whose clock counts reads: nanoseconds a byte of each mapping, in their order. */
class Timed extends WrappedKernel {
  readonly #speeds: readonly number[];
  #mapped = 0;
  #now = 0;

  constructor(inner: Kernel, speeds: readonly number[]) {
    super(inner);
    this.#speeds = speeds;
  }

  override get identity(): KernelIdentity {
    return { ...super.identity, backend: "live" };
  }

  override now(): bigint {
    return BigInt(this.#now);
  }

  override mmap(...args: Parameters<WrappedKernel["mmap"]>): ReturnType<WrappedKernel["mmap"]> {
    const mapping = super.mmap(...args);
    if (typeof mapping === "number") return mapping;
    const speed = this.#speeds[this.#mapped++] ?? 1;
    return new TimedMapping(mapping, (bytes) => void (this.#now += bytes * speed));
  }
}

class TimedMapping extends WrappedMapping {
  readonly #spend: (bytes: number) => void;

  constructor(inner: Mapping, spend: (bytes: number) => void) {
    super(inner);
    this.#spend = spend;
  }

  override read(offset: number, into: Uint8Array): number {
    this.#spend(into.length);
    return super.read(offset, into);
  }
}

Deno.test("caching-by-read-time tells what times agree with, and proves nothing", async () => {
  // Plain memory, a buffer, a cached buffer.
  const cases = [
    [
      [1, 20, 1],
      "a write-combined map, and a cached one: 256 KiB of plain memory 0.262 ms, of a " +
      "buffer 5.243 ms, of a cached one 0.262 ms",
    ],
    [
      [1, 1, 1],
      "maps that are cached, or a machine without caches: 256 KiB of plain memory 0.262 " +
      "ms, of a buffer 0.262 ms, of a cached one 0.262 ms",
    ],
    [
      [1, 20, 20],
      "no cached map at all: 256 KiB of plain memory 0.262 ms, of a buffer 5.243 ms, " +
      "of a cached one 5.243 ms",
    ],
  ] as const;
  for (const [speeds, wanted] of cases) {
    const wrap = (kernel: Kernel): Kernel => new Timed(kernel, speeds);
    const { answer, detail, verdict, numbers } = await answerOf("caching-by-read-time", { wrap });
    assertEquals([answer, detail, verdict], ["consistent", wanted, "fact"]);
    assertEquals(numbers?.["plain_memory_ns"], 262_144);
  }
});

/** A live machine on which nothing takes any time that grows with the bytes. */
class Flat extends WrappedKernel {
  #now = 0n;
  override now(): bigint {
    return this.#now += 1000n;
  }
}

Deno.test("sync-range-exact cannot be told where the whole buffer costs no more than 64 bytes", async () => {
  const { answer, detail, numbers } = await answerOf("sync-range-exact", {
    wrap: (kernel) => new Flat(kernel),
  });
  assertEquals(answer, "cannot-be-told");
  assertMatch(
    detail,
    /^all of a buffer takes hardly longer than 64 bytes \(64 B of 4 KiB 0\.001 ms/,
  );
  assertEquals(numbers, { few_of_small_ns: 1000, few_of_large_ns: 1000, all_of_large_ns: 1000 });
});
