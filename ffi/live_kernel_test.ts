import { assert, assertEquals, assertGreater, assertMatch, assertThrows } from "@std/assert";
import {
  F_ADD_SEALS,
  F_GETFD,
  F_GETFL,
  F_SEAL_SHRINK,
  FD_CLOEXEC,
  MAP_SHARED,
  MFD_ALLOW_SEALING,
  O_ACCMODE,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  PROT_READ,
  PROT_WRITE,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from "./constants.ts";
import { errno } from "./errno.ts";
import { isError, type Kernel, type Mapping, type Stat } from "./kernel.ts";
import { openLiveKernel } from "./live_kernel.ts";

const linux = Deno.build.os === "linux";
const TCGETS = 0x5401;
const FIONREAD = 0x541b;

/** Runs `body` with a kernel and holds that it left no descriptor behind. */
function live(name: string, body: (kernel: Kernel) => void): void {
  Deno.test({
    name,
    ignore: !linux,
    fn: () => {
      const before = [...Deno.readDirSync("/proc/self/fd")].length;
      const kernel = openLiveKernel();
      try {
        body(kernel);
      } finally {
        kernel.dispose();
      }
      assertEquals([...Deno.readDirSync("/proc/self/fd")].length, before);
    },
  });
}

function memfd(kernel: Kernel, length: bigint): number {
  const fd = kernel.memfdCreate("boctl-test", 0);
  assertGreater(fd, -1);
  assertEquals(kernel.ftruncate(fd, length), 0);
  return fd;
}

function mapped(result: Mapping | number): Mapping {
  if (typeof result === "number") throw new Error(`mmap answered ${result}`);
  return result;
}

function stat(result: Stat | number): Stat {
  if (typeof result === "number") throw new Error(`stat answered ${result}`);
  return result;
}

live("openLiveKernel() answers -errno for calls that fail", (kernel) => {
  assertEquals(kernel.open("/nonexistent/node", O_RDWR), -errno.ENOENT);
  assertEquals(kernel.open("/proc", O_RDWR), -errno.EISDIR);
  assertEquals(kernel.open("/dev/null\0x", O_RDWR), -errno.EINVAL);
  assertEquals(kernel.close(-1), -errno.EBADF);
  assertEquals(kernel.dup(-1), -errno.EBADF);
  assertEquals(kernel.fcntl(-1, F_GETFD, 0), -errno.EBADF);
  assertEquals(kernel.fstat(-1), -errno.EBADF);
  assertEquals(kernel.fstatfs(-1), -errno.EBADF);
  assertEquals(kernel.lseek(-1, 0n, SEEK_SET), -BigInt(errno.EBADF));
  assertEquals(kernel.ftruncate(-1, 1n), -errno.EBADF);
  assertEquals(kernel.mmap(4096, PROT_READ, MAP_SHARED, -1, 0n, "direct"), -errno.EBADF);
  assertEquals(kernel.memfdCreate("x".repeat(1000), 0), -errno.EINVAL);
  assertEquals(kernel.stat("/nonexistent"), -errno.ENOENT);
  assertEquals(kernel.stat("/dev/null/x"), -errno.ENOTDIR);
  assertEquals(kernel.readText("/nonexistent"), -errno.ENOENT);
  assertEquals(kernel.readText("/proc"), -errno.EISDIR);
  assertEquals(kernel.readLink("/proc/self/status"), -errno.EINVAL);
  assertEquals(kernel.readDirectory("/proc/self/status"), -errno.ENOTDIR);
  assertEquals(kernel.readDirectory("/nonexistent"), -errno.ENOENT);
  assertEquals(kernel.poll([], 0), 0);
});

live("Kernel.ioctl() hands over memory, integers and bad addresses", (kernel) => {
  const zero = kernel.open("/dev/null", O_RDWR);
  assertEquals(kernel.ioctl(-1, TCGETS, { bytes: new Uint8Array(64) }), -errno.EBADF);
  assertEquals(kernel.ioctl(zero, TCGETS, { bytes: new Uint8Array(64) }), -errno.ENOTTY);
  assertEquals(kernel.ioctl(zero, 0xc0406400, { bytes: new Uint8Array(64) }), -errno.ENOTTY);
  assertEquals(kernel.ioctl(zero, 0xc0406400 | 0, 0n), -errno.ENOTTY);
  kernel.close(zero);

  const file = memfd(kernel, 100n);
  assertEquals(kernel.lseek(file, 30n, SEEK_SET), 30n);
  const answer = new Uint8Array(4);
  assertEquals(kernel.ioctl(file, FIONREAD, { bytes: answer }), 0);
  assertEquals([...answer], [70, 0, 0, 0], "bytes left to read in a regular file");
  const middle = new Uint8Array(12);
  assertEquals(kernel.ioctl(file, FIONREAD, { bytes: middle.subarray(4, 8) }), 0);
  assertEquals([...middle], [0, 0, 0, 0, 70, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(kernel.ioctl(file, FIONREAD, 0n), -errno.EFAULT);
  assertEquals(kernel.ioctl(file, FIONREAD, 8n), -errno.EFAULT);
  assertEquals(kernel.ioctl(file, FIONREAD, 2n ** 64n - 1n), -errno.EFAULT);
  kernel.close(file);
});

live("Kernel.ioctl() keeps the kernel inside an argument shorter than the code says", (kernel) => {
  const RNDGETENTCNT = 0x80045200; // linux/random.h: the kernel writes an int
  const random = kernel.open("/dev/urandom", O_RDONLY);
  const memory = new Uint8Array(8).fill(0xee);
  assertEquals(kernel.ioctl(random, RNDGETENTCNT, { bytes: memory.subarray(0, 2) }), 0);
  assertEquals([...memory.subarray(2)], new Array(6).fill(0xee));
  assert(memory[0] !== 0xee || memory[1] !== 0xee, "the answer's first two bytes came back");
  // A code from before sizes were part of it: FIONREAD writes an int all the same.
  const left = memfd(kernel, 7n);
  const none = memory.fill(0xee).subarray(2, 3);
  assertEquals(kernel.ioctl(left, FIONREAD, { bytes: none }), 0);
  assertEquals([...memory], [0xee, 0xee, 7, 0xee, 0xee, 0xee, 0xee, 0xee]);
  kernel.close(left);
  kernel.close(random);
});

live("Kernel calls take any number for a descriptor, and none by accident", (kernel) => {
  for (const fd of [2 ** 32, 2 ** 32 - 1, 2 ** 40, 0.5, NaN, Infinity]) {
    assertEquals(kernel.close(fd), -errno.EBADF);
    assertEquals(kernel.ioctl(fd, FIONREAD, { bytes: new Uint8Array(4) }), -errno.EBADF);
    assertEquals(kernel.fcntl(fd, F_GETFD, 0), -errno.EBADF);
    assertEquals(kernel.lseek(fd, 0n, SEEK_SET), -BigInt(errno.EBADF));
    assertEquals(kernel.fstat(fd), -errno.EBADF);
    assertEquals(kernel.mmap(4096, PROT_READ, MAP_SHARED, fd, 0n, "direct"), -errno.EBADF);
    assertEquals(kernel.poll([{ fd, events: POLLIN, revents: 0 }], 0), 0);
  }
});

live("Kernel.open() adds O_CLOEXEC unless the descriptor is to be inherited", (kernel) => {
  const closed = kernel.open("/dev/null", O_WRONLY);
  const kept = kernel.open("/dev/null", O_RDWR, { inherit: true });
  const copy = kernel.dup(kept);
  const memory = memfd(kernel, 1n);
  assertEquals(kernel.fcntl(closed, F_GETFD, 0), FD_CLOEXEC);
  assertEquals(kernel.fcntl(kept, F_GETFD, 0), 0);
  assertEquals(kernel.fcntl(copy, F_GETFD, 0), FD_CLOEXEC);
  assertEquals(kernel.fcntl(memory, F_GETFD, 0), FD_CLOEXEC);
  assertEquals(kernel.fcntl(closed, F_GETFL, 0) & O_ACCMODE, O_WRONLY);
  assertEquals(kernel.fcntl(copy, F_GETFL, 0) & O_ACCMODE, O_RDWR);

  const script = `for fd in ${closed} ${kept} ${copy} ${memory}; do
    if [ -e /proc/self/fd/$fd ]; then echo $fd; fi; done`;
  const child = new Deno.Command("sh", { args: ["-c", script] }).outputSync();
  assertEquals(new TextDecoder().decode(child.stdout).trim(), `${kept}`);
  for (const fd of [closed, kept, copy, memory]) assertEquals(kernel.close(fd), 0);
  assertEquals(kernel.close(memory), -errno.EBADF);
});

live("Kernel.fstat() and stat() tell kinds, sizes and device numbers", (kernel) => {
  const device = stat(kernel.stat("/dev/null"));
  assertEquals([device.kind, device.rdev, device.uid, device.gid], ["character", "1:3", 0, 0]);
  assertEquals(stat(kernel.stat("/proc")).kind, "directory");
  assertEquals(stat(kernel.stat("/proc/self/status")).kind, "regular");
  assertEquals(stat(kernel.stat("/proc/self/exe")).kind, "regular", "links are followed");
  const file = memfd(kernel, 5n << 30n);
  const told = stat(kernel.fstat(file));
  assertEquals([told.kind, told.size, told.rdev], ["regular", 5n << 30n, ""]);
  const denoSays = Deno.statSync(`/proc/self/fd/${file}`);
  assertEquals(told.inode, BigInt(denoSays.ino ?? -1));
  assertEquals(told.mode, (denoSays.mode ?? 0) & 0o7777);
  assertEquals([told.uid, told.gid], [denoSays.uid, denoSays.gid]);
  kernel.close(file);
});

live("Kernel.fstatfs() tells the file system's magic number", (kernel) => {
  const file = kernel.open("/proc/self/status", O_RDONLY);
  assertEquals(kernel.fstatfs(file), 0x9fa0, "PROC_SUPER_MAGIC, linux/magic.h");
  kernel.close(file);
  const memory = memfd(kernel, 1n);
  assertEquals(kernel.fstatfs(memory), 0x01021994, "TMPFS_MAGIC");
  kernel.close(memory);
});

live("Kernel.lseek() passes 64-bit positions", (kernel) => {
  const file = memfd(kernel, 5n << 30n);
  assertEquals(kernel.lseek(file, 0n, SEEK_END), 5n << 30n);
  assertEquals(kernel.lseek(file, -1n, SEEK_CUR), (5n << 30n) - 1n);
  assertEquals(kernel.lseek(file, -1n, SEEK_SET), -BigInt(errno.EINVAL));
  kernel.close(file);
});

live("Kernel.poll() writes revents", (kernel) => {
  const file = memfd(kernel, 1n);
  const entries = [
    { fd: file, events: POLLIN | POLLOUT, revents: 0 },
    { fd: -1, events: POLLIN, revents: 7 },
    { fd: 1_000_000, events: POLLIN, revents: 0 },
  ];
  assertEquals(kernel.poll(entries, 10), 2);
  assertEquals(entries.map((entry) => entry.revents), [POLLIN | POLLOUT, 0, POLLNVAL]);
  kernel.close(file);
});

live("Kernel.poll() waits in milliseconds of Kernel.now()", (kernel) => {
  const start = kernel.now();
  assertEquals(kernel.poll([], 20), 0);
  const waited = kernel.now() - start;
  assert(waited >= 20_000_000n && waited < 2_000_000_000n, `${waited}`);
});

live("Kernel.now() is CLOCK_MONOTONIC, counted from boot", (kernel) => {
  const uptime = kernel.readText("/proc/uptime");
  assert(typeof uptime === "string");
  const seconds = Number(kernel.now()) / 1e9;
  assert(Math.abs(seconds - Number(uptime.split(" ")[0])) < 5, `${seconds} against ${uptime}`);
});

live("Kernel.memfdCreate() allows seals when asked", (kernel) => {
  const sealed = kernel.memfdCreate("sealed", MFD_ALLOW_SEALING);
  assertEquals(kernel.ftruncate(sealed, 8192n), 0);
  assertEquals(kernel.fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK), 0);
  assertEquals(kernel.ftruncate(sealed, 4096n), -errno.EPERM);
  kernel.close(sealed);
});

live("Kernel.readText() reads files whose size says 0 or 4096", (kernel) => {
  const status = kernel.readText("/proc/self/status");
  assert(typeof status === "string");
  assertMatch(status, new RegExp(`^Pid:\\t${Deno.pid}$`, "m"));
  const online = kernel.readText("/sys/devices/system/cpu/online");
  assert(typeof online === "string");
  assertMatch(online, /^[0-9,-]+\n$/);
});

live("Kernel.readText() takes invalid UTF-8 and refuses more than 1 MiB", (kernel) => {
  const directory = Deno.makeTempDirSync();
  try {
    const path = `${directory}/file`;
    Deno.writeFileSync(path, new Uint8Array([0x61, 0xff, 0xfe, 0x62]));
    assertEquals(kernel.readText(path), "a\ufffd\ufffdb");
    const mebibyte = Array.from({ length: 1 << 16 }, (_, i) => `${i}`.padStart(15)).join("\n") +
      "\n";
    assertEquals(mebibyte.length, 1 << 20);
    Deno.writeTextFileSync(path, mebibyte);
    assert(kernel.readText(path) === mebibyte);
    Deno.writeFileSync(path, new Uint8Array((1 << 20) + 1));
    assertEquals(kernel.readText(path), -errno.EFBIG);
    Deno.writeFileSync(path, new Uint8Array());
    assertEquals(kernel.readText(path), "");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

live("Kernel.readDirectory() and readLink() tell names sorted and targets", (kernel) => {
  const directory = Deno.makeTempDirSync();
  try {
    for (const name of ["b", "a", "Z", ".hidden", "é", "x".repeat(255)]) {
      Deno.writeTextFileSync(`${directory}/${name}`, "");
    }
    const names = [".hidden", "Z", "a", "b", "x".repeat(255), "é"];
    assertEquals(kernel.readDirectory(directory), names);
    Deno.symlinkSync("some/where", `${directory}/link`);
    assertEquals(kernel.readLink(`${directory}/link`), "some/where");
    Deno.mkdirSync(`${directory}/many`);
    for (let i = 0; i < 3000; i++) Deno.writeTextFileSync(`${directory}/many/${i}`, "");
    const many = kernel.readDirectory(`${directory}/many`);
    assertEquals(isError(many) ? many : many.length, 3000, "more than one getdents buffer");
    Deno.mkdirSync(`${directory}/none`);
    assertEquals(kernel.readDirectory(`${directory}/none`), []);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

live("Kernel.mmap() reaches beyond 4 GiB", (kernel) => {
  const file = memfd(kernel, 5n << 30n);
  const offset = (5n << 30n) - 4096n;
  const end = mapped(kernel.mmap(4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, offset, "direct"));
  assertEquals(end.write(4092, new Uint8Array([1, 2, 3, 4])), 4);
  for (const access of ["direct", "copied"] as const) {
    const whole = mapped(kernel.mmap(5 * 2 ** 30, PROT_READ, MAP_SHARED, file, 0n, access));
    const into = new Uint8Array(8);
    assertEquals(whole.read(5 * 2 ** 30 - 8, into), 8);
    assertEquals([...into], [0, 0, 0, 0, 1, 2, 3, 4]);
    assertEquals(whole.unmap(), 0);
  }
  assertEquals(end.unmap(), 0);
  kernel.close(file);
});

live("Kernel.mmap() refuses as the kernel does and checks its own arguments", (kernel) => {
  const file = kernel.memfdCreate("test", 0);
  assertEquals(kernel.mmap(0, PROT_READ, MAP_SHARED, file, 0n, "direct"), -errno.EINVAL);
  assertEquals(kernel.mmap(4096, PROT_READ, MAP_SHARED, file, 1n, "direct"), -errno.EINVAL);
  const readOnly = kernel.open(`/proc/self/fd/${file}`, O_RDONLY);
  assertEquals(kernel.mmap(4096, PROT_WRITE, MAP_SHARED, readOnly, 0n, "copied"), -errno.EACCES);
  assertThrows(() => kernel.mmap(0.5, PROT_READ, MAP_SHARED, file, 0n, "direct"), RangeError);
  kernel.close(readOnly);
  kernel.close(file);
});

live("Kernel.identity names this machine", (kernel) => {
  assertEquals(kernel.identity.backend, "live");
  assertEquals(kernel.identity.name, "live");
  assertEquals(kernel.identity.arch, Deno.build.arch);
  assertEquals(kernel.identity.release, Deno.osRelease());
  assert([4096, 16384, 65536].includes(kernel.identity.pageSize), `${kernel.identity.pageSize}`);
  assertEquals(kernel.deviceSide, undefined);
});

live("Kernel.dispose() may be called twice, and a later call loads anew", (kernel) => {
  kernel.dispose();
  kernel.dispose();
  assertEquals(kernel.close(-1), -errno.EBADF);
});

live("errno stays right through many failing calls and collections", (kernel) => {
  let wrong = 0;
  let junk: unknown[] = [];
  for (let i = 0; i < 100_000; i++) {
    if (kernel.ioctl(-1, FIONREAD, { bytes: new Uint8Array(24) }) !== -errno.EBADF) wrong++;
    if (kernel.ioctl(0, 0xc0406400, 0n) !== -errno.ENOTTY) wrong++;
    junk.push({ i });
    if (junk.length > 10_000) junk = [];
  }
  assertEquals(wrong, 0);
});

/** Runs a script in a Deno without any permission. */
function runWithoutPermission(body: string): { code: number; stdout: string; stderr: string } {
  const directory = Deno.makeTempDirSync();
  try {
    const url = new URL("./live_kernel.ts", import.meta.url).href;
    const script = `${directory}/main.ts`;
    Deno.writeTextFileSync(
      script,
      `import { openLiveKernel } from ${JSON.stringify(url)};\n${body}`,
    );
    const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--no-prompt", script],
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).outputSync();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("openLiveKernel() needs no permission and loads nothing before the first call", () => {
  const run = runWithoutPermission(`
    const kernel = openLiveKernel();
    console.log(kernel.identity.backend, kernel.identity.name);
    kernel.dispose();
  `);
  assertEquals(run, { code: 0, stdout: "live live\n", stderr: "" });
});

Deno.test("Kernel.open() says what to do when it may not load the C library", () => {
  const run = runWithoutPermission(`
    try {
      openLiveKernel().open("/dev/null", 0);
    } catch (error) {
      if (error instanceof Error) console.log(error.name + ": " + error.message);
    }
  `);
  assertEquals([run.code, run.stderr], [0, ""]);
  assertMatch(run.stdout, /^LibcError: Cannot load __errno_location\(\).*--allow-ffi.*full trust/);
});
