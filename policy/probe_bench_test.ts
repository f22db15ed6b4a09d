import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import { errno } from "../ffi/errno.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { Bench, cannotBeTold, notApplicable, observe, tried } from "./probe_bench.ts";

const refusal = (code: number): never => {
  throw new KernelRefusal("mmap", "db1", code, { reason: "a reason" });
};

Deno.test("tried() takes a refusal of the call for an answer", () => {
  assertEquals(tried("mmap", () => 1), { done: 1 });
  assertEquals(tried("mmap", () => refusal(errno.EACCES)), {
    refused: { answer: "refused", errno: "EACCES", detail: "mmap: a reason" },
  });
});

Deno.test("tried() takes no other call's refusal for one, and no errno of the machine's", () => {
  assertThrows(() => tried("munmap", () => refusal(errno.EACCES)), KernelRefusal);
  for (const name of ["EIO", "ENOMEM", "EMFILE", "ENODEV"] as const) {
    assertThrows(() => tried("mmap", () => refusal(errno[name])), KernelRefusal, name);
  }
});

Deno.test("observe() makes an answer of what ends a probe, but of our own mistakes", async () => {
  const ended = async (error: Error): Promise<unknown> =>
    await observe(() => {
      throw error;
    });
  assertEquals(await ended(notApplicable("no")), { answer: "not-applicable", detail: "no" });
  assertEquals(await ended(cannotBeTold("why")), { answer: "cannot-be-told", detail: "why" });
  assertEquals(await ended(new NotSupported("--private: no such kind")), {
    answer: "not-applicable",
    detail: "no such kind",
  });
  assertEquals(await ended(new KernelRefusal("mmap", "db1", errno.EIO)), {
    answer: "cannot-be-told",
    detail: "mmap on db1: EIO",
    exitCode: 3,
  });
  assertEquals(await ended(new KernelRefusal("a call", "vgem", errno.ENOSYS)), {
    answer: "not-applicable",
    detail: "a call on vgem: ENOSYS",
  });
  await assertRejects(() => ended(new UsageError("ours")), UsageError);
  await assertRejects(() => ended(new TypeError("ours")), TypeError);
});

Deno.test("a bench lets go of what it made, and of no kernel", async () => {
  const kernel = accountingKernel(openSimulatedKernel(loadBoard("panthor")));
  const subject = { kind: "device", name: "/dev/dri/renderD128" } as const;
  {
    using bench = await Bench.open(kernel, subject);
    bench.dmaBuf();
    bench.import(await bench.foreign());
    bench.buffer({ private: true });
    assertEquals(kernel.leaks().length > 6, true);
  }
  assertEquals(kernel.leaks(), []);
  using again = await Bench.open(kernel, subject);
  assertEquals(again.buffer().size, 4096);
});
