import { assertEquals } from "@std/assert";
import { MAP_SHARED, O_RDWR, PROT_READ, SEEK_SET } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import { faultyKernel } from "../ffi/faulty_kernel.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { restartingKernel } from "./restarting_kernel.ts";
import { kernelOf } from "./_test_kit.ts";

/** Every call that a signal may interrupt, on an open memfd. */
const calls: Readonly<Record<string, (kernel: Kernel, fd: number) => unknown>> = {
  open: (kernel) => kernel.open("/dev/null", O_RDWR),
  mmap: (kernel, fd) => kernel.mmap(4096, PROT_READ, MAP_SHARED, fd, 0n, "copied"),
  dup: (kernel, fd) => kernel.dup(fd),
  fcntl: (kernel, fd) => kernel.fcntl(fd, 3, 0),
  fstat: (kernel, fd) => kernel.fstat(fd),
  fstatfs: (kernel, fd) => kernel.fstatfs(fd),
  lseek: (kernel, fd) => kernel.lseek(fd, 0n, SEEK_SET),
  ftruncate: (kernel, fd) => kernel.ftruncate(fd, 8192n),
  memfdCreate: (kernel) => kernel.memfdCreate("a", 0),
  readText: (kernel) => kernel.readText("/proc/self/fdinfo/3"),
  readDirectory: (kernel) => kernel.readDirectory("/dev"),
  readLink: (kernel) => kernel.readLink("/sys/class/drm/card0/device"),
  stat: (kernel) => kernel.stat("/dev/null"),
};

for (const [name, make] of Object.entries(calls)) {
  Deno.test(`restartingKernel() makes ${name} again when a signal came in between`, () => {
    const prepared = (call: number): { kernel: Kernel; fd: number; failed: () => unknown } => {
      // The memfd takes two calls.
      const faulty = faultyKernel(kernelOf("qemu"), { call, errno: errno.EINTR });
      const fd = faulty.memfdCreate("m", 0);
      faulty.ftruncate(fd, 4096n);
      return { kernel: restartingKernel(faulty), fd, failed: () => faulty.failed };
    };
    const { kernel, fd, failed } = prepared(3);
    const answer = make(kernel, fd);
    assertEquals(failed() === undefined, false, "the call was interrupted");
    assertEquals(isError(answer) || answer === -BigInt(errno.EINTR), false);
  });
}

Deno.test("restartingKernel() hands any other errno on at once", () => {
  for (const code of [errno.EAGAIN, errno.ENOMEM, errno.EMFILE]) {
    const faulty = faultyKernel(kernelOf("qemu"), { call: 1, errno: code });
    assertEquals(restartingKernel(faulty).open("/dev/null", O_RDWR), -code);
    assertEquals(faulty.calls, 1);
  }
});

Deno.test("restartingKernel() believes an EINTR that does not end", () => {
  class Interrupted extends WrappedKernel {
    calls = 0;
    override open(): number {
      this.calls++;
      return -errno.EINTR;
    }
  }
  const interrupted = new Interrupted(kernelOf("qemu"));
  assertEquals(restartingKernel(interrupted).open("/dev/null", O_RDWR), -errno.EINTR);
  assertEquals(interrupted.calls, 100);
});

Deno.test("restartingKernel() leaves poll() to who waits in slices", () => {
  const faulty = faultyKernel(kernelOf("qemu"), { call: 1, errno: errno.EINTR });
  assertEquals(restartingKernel(faulty).poll([], 0), -errno.EINTR);
});
