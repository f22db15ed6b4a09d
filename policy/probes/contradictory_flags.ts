/**
 * What cannot be asked for at once, or at all.
 *
 * @module
 */
import { HEAP_DIRECTORY } from "../../drivers/dma_heap.ts";
import { call } from "../../ffi/call.ts";
import { F_SEAL_SHRINK, F_SEAL_WRITE, O_RDWR } from "../../ffi/constants.ts";
import { dmaHeap } from "../../ffi/uapi/dma_heap.ts";
import { udmabuf } from "../../ffi/uapi/udmabuf.ts";
import { KernelRefusal } from "../../errors.ts";
import { isError } from "../../ffi/kernel.ts";
import { allocateUdmabuf } from "../../workspace/buffers.ts";
import { explainOpen } from "../../workspace/devices.ts";
import { callNames } from "./_calls.ts";
import { refusedWith } from "./_expect.ts";
import type { Observed, Probe } from "../probe.ts";
import { type Bench, notApplicable, SMALL, tried } from "../probe_bench.ts";

/** A request that contradicts itself, and how it is made. */
interface Contradiction {
  readonly what: string;
  readonly call: string;
  readonly make: () => void;
}

/** Bit 31: no driver has a flag there. */
const UNKNOWN = "0x80000000";
const byDriver: Readonly<Record<string, readonly (readonly string[])[]>> = {
  panthor: [["no-mmap", "wb-mmap"], [UNKNOWN]],
  panfrost: [["heap"], ["heap", "noexec", "wb-mmap"], [UNKNOWN]],
};

function ofHeap({ workspace: { kernel }, subject }: Bench): Contradiction {
  const { ALLOC } = dmaHeap.ioctls;
  return {
    what: "heap_flags that are not 0",
    call: ALLOC.name,
    make: () => {
      const path = `${HEAP_DIRECTORY}/${subject.name}`;
      const heap = kernel.open(path, O_RDWR);
      if (isError(heap)) throw explainOpen(kernel, path, heap);
      try {
        const { result, values } = call(kernel, heap, ALLOC, {
          len: BigInt(SMALL),
          heap_flags: 1n,
        });
        if (isError(result)) throw new KernelRefusal(ALLOC.name, subject.name, result);
        kernel.close(values.fd);
      } finally {
        kernel.close(heap);
      }
    },
  };
}

function ofUdmabuf({ workspace }: Bench): readonly Contradiction[] {
  const seals = {
    "a memfd that may shrink": 0,
    "a memfd sealed against writing": F_SEAL_SHRINK | F_SEAL_WRITE,
  };
  return Object.entries(seals).map(([what, seals]) => ({
    what,
    call: udmabuf.ioctls.CREATE.name,
    make: () => void allocateUdmabuf(workspace, BigInt(SMALL), { cloexec: true, seals }),
  }));
}

function contradictions(bench: Bench): readonly Contradiction[] {
  const { subject } = bench;
  if (subject.kind === "heap") return [ofHeap(bench)];
  if (subject.kind === "udmabuf") return ofUdmabuf(bench);
  const { device } = bench;
  return (byDriver[device.driver.name] ?? []).map((flags) => ({
    what: `flags ${flags.join(",")}`,
    call: callNames(device).create,
    make: () => void bench.buffer({ flags }),
  }));
}

export const probe: Probe = {
  id: "contradictory-flags",
  question: "A buffer is made with flags that exclude each other, or that nobody knows.",
  rule: "contradictory-creation-flags",
  kernel: refusedWith("EINVAL", "what contradicts itself"),
  run(bench): Observed {
    const refused: string[] = [];
    let last: Observed | undefined;
    for (const { what, call, make } of contradictions(bench)) {
      const result = tried(call, make);
      if ("done" in result) return { answer: "allowed", detail: what };
      if (result.refused.errno !== "EINVAL") return { ...result.refused, detail: what };
      refused.push(what);
      last = { ...result.refused, detail: call };
    }
    if (last === undefined) {
      throw notApplicable("no flags of its own are known to contradict each other");
    }
    return { ...last, detail: `${last.detail}: ${refused.join("; ")}` };
  },
};
