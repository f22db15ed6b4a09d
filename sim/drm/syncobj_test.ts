import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import type { Block, Kernel } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { vgem as vgemUapi } from "../../ffi/uapi/vgem.ts";
import { dmaBuf } from "../../ffi/uapi/dma_buf.ts";
import { createDumb, exportFd, kernelOf, mustCall, openNode, outcome } from "../_test_kit.ts";

const { ioctls } = drm;

function words(...values: number[]): Block {
  return { bytes: new Uint8Array(new Uint32Array(values).buffer) };
}

Deno.test("syncobjs are created, waited for, signalled and destroyed where the driver has them", () => {
  const kernel = kernelOf("panfrost");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const display = openNode(kernel, "/dev/dri/card1");
  assertEquals(outcome(call(kernel, display, ioctls.SYNCOBJ_CREATE).result), "EOPNOTSUPP");
  assertEquals(outcome(call(kernel, fd, ioctls.SYNCOBJ_CREATE, { flags: 2 }).result), "EINVAL");
  const { handle } = mustCall(kernel, fd, ioctls.SYNCOBJ_CREATE);
  const handles = words(handle);
  const wait = (timeout: bigint, flags: number): string =>
    outcome(
      call(kernel, fd, ioctls.SYNCOBJ_WAIT, {
        handles,
        count_handles: 1,
        timeout_nsec: timeout,
        flags,
      }).result,
    );
  assertEquals(wait(0n, 0), "EINVAL"); // nothing was submitted
  const before = kernel.now();
  assertEquals(wait(before + 5_000_000_000n, 2), "ETIME"); // WAIT_FOR_SUBMIT
  assertEquals(kernel.now() - before >= 5_000_000_000n, true);
  mustCall(kernel, fd, ioctls.SYNCOBJ_SIGNAL, { handles, count_handles: 1 });
  assertEquals(wait(0n, 1), "ok");
  mustCall(kernel, fd, ioctls.SYNCOBJ_RESET, { handles, count_handles: 1 });
  assertEquals(wait(0n, 0), "EINVAL");
  const exported = mustCall(kernel, fd, ioctls.SYNCOBJ_HANDLE_TO_FD, { handle });
  const again = mustCall(kernel, fd, ioctls.SYNCOBJ_FD_TO_HANDLE, { fd: exported.fd });
  assertEquals(again.handle, 2);
  mustCall(kernel, fd, ioctls.SYNCOBJ_DESTROY, { handle });
  assertEquals(outcome(call(kernel, fd, ioctls.SYNCOBJ_DESTROY, { handle }).result), "EINVAL");
  assertEquals(wait(0n, 0), "ENOENT");
});

Deno.test("syncobj calls refuse in their order: feature, flags and pad, handles", () => {
  const kernel = kernelOf("panfrost");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const vgem = openNode(kernel, "/dev/dri/renderD129");
  mustCall(kernel, fd, ioctls.SYNCOBJ_CREATE, { flags: 1 });
  mustCall(kernel, fd, ioctls.SYNCOBJ_CREATE);
  const wait = { handles: words(1), count_handles: 1 };
  const cases: [string, (on: number) => number, string][] = [
    [
      "destroy, pad",
      (on) => call(kernel, on, ioctls.SYNCOBJ_DESTROY, { handle: 1, pad: 1 }).result,
      "EINVAL",
    ],
    [
      "out, pad",
      (on) => call(kernel, on, ioctls.SYNCOBJ_HANDLE_TO_FD, { handle: 1, pad: 1 }).result,
      "EINVAL",
    ],
    [
      "out, flags",
      (on) => call(kernel, on, ioctls.SYNCOBJ_HANDLE_TO_FD, { handle: 1, flags: 4 }).result,
      "EINVAL",
    ],
    [
      "out, unknown",
      (on) => call(kernel, on, ioctls.SYNCOBJ_HANDLE_TO_FD, { handle: 9 }).result,
      "EINVAL",
    ],
    [
      "out as a sync_file, unknown",
      (on) => call(kernel, on, ioctls.SYNCOBJ_HANDLE_TO_FD, { handle: 9, flags: 1 }).result,
      "ENOENT",
    ],
    [
      "out as a sync_file, empty",
      (on) => call(kernel, on, ioctls.SYNCOBJ_HANDLE_TO_FD, { handle: 2, flags: 1 }).result,
      "EINVAL",
    ],
    [
      "in, pad",
      (on) => call(kernel, on, ioctls.SYNCOBJ_FD_TO_HANDLE, { fd: on, pad: 1 }).result,
      "EINVAL",
    ],
    [
      "in, flags",
      (on) => call(kernel, on, ioctls.SYNCOBJ_FD_TO_HANDLE, { fd: on, flags: 4 }).result,
      "EINVAL",
    ],
    [
      "in, no syncobj",
      (on) => call(kernel, on, ioctls.SYNCOBJ_FD_TO_HANDLE, { fd: on }).result,
      "EINVAL",
    ],
    [
      "in, no sync_file",
      (on) => call(kernel, on, ioctls.SYNCOBJ_FD_TO_HANDLE, { fd: on, flags: 1, handle: 1 }).result,
      "EINVAL",
    ],
    [
      "wait, flags",
      (on) => call(kernel, on, ioctls.SYNCOBJ_WAIT, { ...wait, flags: 4 }).result,
      "EINVAL",
    ],
    [
      "wait, NULL",
      (on) => call(kernel, on, ioctls.SYNCOBJ_WAIT, { count_handles: 1 }).result,
      "EFAULT",
    ],
    [
      "wait, too many",
      (on) => call(kernel, on, ioctls.SYNCOBJ_WAIT, { ...wait, count_handles: 1 << 21 }).result,
      "ENOMEM",
    ],
    [
      "wait, unknown",
      (on) => call(kernel, on, ioctls.SYNCOBJ_WAIT, { handles: words(9), count_handles: 1 }).result,
      "ENOENT",
    ],
    ["wait, none", (on) => call(kernel, on, ioctls.SYNCOBJ_WAIT).result, "ok"],
    [
      "reset, pad",
      (on) => call(kernel, on, ioctls.SYNCOBJ_RESET, { ...wait, pad: 1 }).result,
      "EINVAL",
    ],
    ["reset, none", (on) => call(kernel, on, ioctls.SYNCOBJ_RESET).result, "EINVAL"],
    [
      "signal, unknown",
      (on) =>
        call(kernel, on, ioctls.SYNCOBJ_SIGNAL, { handles: words(9), count_handles: 1 }).result,
      "ENOENT",
    ],
    ["timelines", (on) => call(kernel, on, ioctls.SYNCOBJ_QUERY).result, "EOPNOTSUPP"],
  ];
  for (const [what, run, wanted] of cases) {
    assertEquals(outcome(run(fd)), wanted, what);
    assertEquals(outcome(run(vgem)), "EOPNOTSUPP", `${what}, without the feature`);
  }
});

function vgemSyncFile(kernel: Kernel): number {
  const card = openNode(kernel, "/dev/dri/card2");
  const handle = createDumb(kernel, card);
  const fd = exportFd(kernel, card, handle);
  mustCall(kernel, card, vgemUapi.ioctls.FENCE_ATTACH, { handle, flags: 1 });
  return mustCall(kernel, fd, dmaBuf.ioctls.EXPORT_SYNC_FILE, { flags: 1 }).fd;
}

Deno.test("a sync_file's fence goes into a syncobj and out again, and one of several ends a wait", () => {
  const kernel = kernelOf("panfrost");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const into = mustCall(kernel, fd, ioctls.SYNCOBJ_CREATE).handle;
  const { result } = call(kernel, fd, ioctls.SYNCOBJ_FD_TO_HANDLE, {
    fd: vgemSyncFile(kernel),
    flags: 1,
    handle: into,
  });
  assertEquals(result, 0);
  const out = mustCall(kernel, fd, ioctls.SYNCOBJ_HANDLE_TO_FD, { handle: into, flags: 1 });
  assertEquals(kernel.poll([{ fd: out.fd, events: 1, revents: 0 }], 0), 0);
  const signalled = mustCall(kernel, fd, ioctls.SYNCOBJ_CREATE, { flags: 1 }).handle;
  const handles = words(into, signalled);
  const one = mustCall(kernel, fd, ioctls.SYNCOBJ_WAIT, { handles, count_handles: 2 });
  assertEquals(one.first_signaled, 1);
  const all = { handles, count_handles: 2, flags: 1 };
  assertEquals(outcome(call(kernel, fd, ioctls.SYNCOBJ_WAIT, all).result), "ETIME");
  const later = { ...all, timeout_nsec: kernel.now() + 20_000_000_000n };
  assertEquals(outcome(call(kernel, fd, ioctls.SYNCOBJ_WAIT, later).result), "ok");
});
