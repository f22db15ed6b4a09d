/** panthor's BO_CREATE, and what becomes of its flags: DRM_IOCTL_PANTHOR_BO_CREATE and VMs. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { drm } from "../../ffi/uapi/drm.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { panthors as on } from "./_gpus.ts";

const { BO_CREATE, BO_QUERY_INFO, VM_CREATE, VM_DESTROY } = panthor.ioctls;
const NO_MMAP = panthor.constants.DRM_PANTHOR_BO_NO_MMAP;
const WB_MMAP = panthor.constants.DRM_PANTHOR_BO_WB_MMAP;

function newVm(bench: Bench): number {
  return bench.must(VM_CREATE).id;
}

const creates = rowsOf(on, BO_CREATE, [
  { name: "of size 0", values: { size: 0n }, is: "EINVAL" },
  { name: "with pad", values: { size: 4096n, pad: 1 }, is: "EINVAL" },
  { name: "with flag 4", values: { size: 4096n, flags: 4 }, is: "EINVAL" },
  { name: "with the highest flag", values: { size: 4096n, flags: 0x8000_0000 }, is: "EINVAL" },
  { name: "of 1 TiB and 1 byte", values: { size: (1n << 40n) + 1n }, is: "ENOSPC" },
  { name: "of more than a file", values: { size: (1n << 63n) + 1n }, is: "EINVAL" },
  { name: "of a size that wraps to 0", values: { size: (1n << 64n) - 1n }, is: "ENOSPC" },
  { name: "without flags", values: { size: 1n }, is: "ok" },
  { name: "with NO_MMAP", values: { size: 4096n, flags: NO_MMAP }, is: "ok" },
  {
    name: "with WB_MMAP",
    values: { size: 4096n, flags: WB_MMAP },
    is: "ok",
    before: "EINVAL",
  },
  {
    name: "with NO_MMAP and WB_MMAP",
    values: { size: 4096n, flags: NO_MMAP | WB_MMAP },
    is: "EINVAL",
  },
  { name: "in VM 1 of a file without VMs", values: { size: 1n, exclusive_vm_id: 1 }, is: "EINVAL" },
  {
    name: "in a VM of its file",
    values: (bench) => ({ size: 1n, exclusive_vm_id: newVm(bench) }),
    is: "ok",
  },
  {
    name: "with WB_MMAP in a VM of its file",
    values: (bench) => ({ size: 1n, flags: WB_MMAP, exclusive_vm_id: newVm(bench) }),
    is: "ok",
    before: "EINVAL",
  },
  {
    name: "in a VM that was destroyed",
    values: (bench) => {
      const id = newVm(bench);
      bench.must(VM_DESTROY, { id });
      return { size: 1n, exclusive_vm_id: id };
    },
    is: "EINVAL",
  },
  {
    name: "in a VM of another open file",
    values: (bench) => ({
      size: 1n,
      exclusive_vm_id: bench.must(VM_CREATE, {}, bench.open(bench.gpu.node)).id,
    }),
    is: "EINVAL",
  },
]);

const vms = [
  ...rowsOf(on, VM_CREATE, [
    { name: "with flags", values: { flags: 1 }, is: "EINVAL" },
    { name: "without flags", values: {}, is: "ok" },
  ]),
  ...rowsOf(on, VM_DESTROY, [
    { name: "of an unknown VM", values: { id: 9 }, is: "EINVAL" },
    { name: "of VM 0", values: { id: 0 }, is: "EINVAL" },
    { name: "with pad", values: (bench) => ({ id: newVm(bench), pad: 1 }), is: "EINVAL" },
    { name: "of a VM", values: (bench) => ({ id: newVm(bench) }), is: "ok" },
    {
      name: "of a VM that was destroyed",
      values: (bench) => {
        const id = newVm(bench);
        bench.must(VM_DESTROY, { id });
        return { id };
      },
      is: "EINVAL",
    },
  ]),
];

const cases: readonly CallCase[] = [
  ...creates,
  ...vms,
  callCase("panthor: BO_CREATE tells the size in pages and a handle that is not 0", on, (bench) => {
    const { pageSize } = bench.kernel.identity;
    const made = bench.must(BO_CREATE, { size: BigInt(pageSize) + 1n });
    assertEquals(made.size, 2n * BigInt(pageSize));
    assertNotEquals(made.handle, 0);
  }),
  callCase(
    "panthor: a buffer larger than RAM is made, on 6.12 where it is not zeroed",
    on,
    (bench) => {
      // Stable 6.12 gives a write-combined buffer its pages at once, to clean their zeroes.
      const wanted = bench.recent || bench.gpu.coherent ? "ok" : "ENOMEM";
      assertEquals(bench.ask(BO_CREATE, { size: 5n << 30n }), wanted);
    },
  ),
  callCase("panthor: VMs are numbered from 1 in each open file", on, (bench) => {
    const other = bench.open(bench.gpu.node);
    assertEquals([newVm(bench), newVm(bench), bench.must(VM_CREATE, {}, other).id], [1, 2, 1]);
  }),
  callCase("panthor: a private buffer outlives its VM, and stays private", on, (bench) => {
    const id = newVm(bench);
    const handle = bench.create(4096, 0, id);
    bench.must(VM_DESTROY, { id });
    assertEquals(bench.askMap(bench.fd, 4096, { offset: bench.offsetOf(handle) }), "ok");
    assertEquals(bench.ask(drm.ioctls.PRIME_HANDLE_TO_FD, { handle }), "EINVAL");
  }),
  callCase("panthor: a private buffer cannot be exported, any other can", on, (bench) => {
    const id = newVm(bench);
    const exported = (flags: number, vm: number): string => {
      const handle = bench.create(4096, flags, vm);
      return bench.ask(drm.ioctls.PRIME_HANDLE_TO_FD, { handle, flags: 0 });
    };
    const flags = bench.recent ? [0, NO_MMAP, WB_MMAP] : [0, NO_MMAP];
    for (const flag of flags) {
      assertEquals(exported(flag, id), "EINVAL");
      bench.export(bench.create(4096, flag));
    }
  }),
  callCase(
    "panthor: BO_QUERY_INFO tells the flags as they were asked, from 1.7 on",
    on,
    (bench) => {
      const told = (flags: number, vm = 0): string => {
        const handle = bench.create(4096, flags, vm);
        if (!bench.recent) return bench.ask(BO_QUERY_INFO, { handle });
        const { create_flags, extra_flags, pad } = bench.must(BO_QUERY_INFO, {
          handle,
          create_flags: 9,
          extra_flags: 9,
          pad: 9,
        });
        return `${create_flags} ${extra_flags} ${pad}`;
      };
      const vm = newVm(bench);
      if (!bench.recent) return assertEquals([told(0), told(NO_MMAP)], ["EINVAL", "EINVAL"]);
      assertEquals(
        [told(0), told(NO_MMAP), told(WB_MMAP), told(0, vm), told(WB_MMAP, vm)],
        ["0 0 0", "1 0 0", "2 0 0", "0 0 0", "2 0 0"],
      );
    },
  ),
];

export const group: CallGroup = {
  subject: "panthor's creation",
  cases,
};
