import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  MAP_SHARED,
  O_CLOEXEC,
  O_RDWR,
  O_WRONLY,
  POLLIN,
  POLLNVAL,
  PROT_READ,
  PROT_WRITE,
  SEEK_SET,
} from "../ffi/constants.ts";
import type { Argument, Block, Kernel } from "../ffi/kernel.ts";
import { tables } from "../ffi/uapi/_index.ts";
import {
  createPanthor,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapOutcome,
  mapPanthor,
  openNode,
  outcome,
  panthorOffset,
} from "./_test_kit.ts";
import { listBoards, loadBoard } from "./board.ts";
import { openSimulatedKernel } from "./sim_kernel.ts";

Deno.test("descriptors are the lowest free from 3, at most up to 1023, and are shared by dup", () => {
  const kernel = kernelOf("panthor");
  const a = openNode(kernel, "/dev/dri/card0");
  const b = openNode(kernel, "/dev/dri/card0");
  assertEquals([a, b], [3, 4]);
  assertEquals(kernel.close(a), 0);
  assertEquals([kernel.close(a), kernel.dup(a), kernel.dup(-1)].map(outcome), [
    "EBADF",
    "EBADF",
    "EBADF",
  ]);
  assertEquals(openNode(kernel, "/dev/dri/card1"), 3);
  const copy = kernel.dup(b);
  const handle = createPanthor(kernel, b, 4096);
  kernel.close(b);
  assertEquals(panthorOffset(kernel, copy, handle) > 0n, true);
  assertEquals(kernel.fcntl(copy, F_DUPFD_CLOEXEC, 100), 100);
  assertEquals(outcome(kernel.fcntl(copy, F_DUPFD_CLOEXEC, 1024)), "EINVAL");
  assertEquals(outcome(kernel.fcntl(copy, F_DUPFD_CLOEXEC, -1)), "EINVAL");
  while (kernel.dup(copy) >= 0);
  for (
    const result of [kernel.open("/dev/null", 0), kernel.memfdCreate("x", 0), kernel.dup(copy)]
  ) {
    assertEquals(outcome(result), "EMFILE");
  }
});

Deno.test("close-on-exec is set unless inherit is asked for", () => {
  const kernel = kernelOf("panthor");
  const plain = kernel.open("/dev/null", O_RDWR);
  const inherited = kernel.open("/dev/null", O_RDWR, { inherit: true });
  const both = kernel.open("/dev/null", O_RDWR | O_CLOEXEC, { inherit: true });
  assertEquals([plain, inherited, both].map((fd) => kernel.fcntl(fd, F_GETFD, 0)), [1, 0, 1]);
  kernel.fcntl(plain, F_SETFD, 0);
  assertEquals(kernel.fcntl(plain, F_GETFD, 0), 0);
  assertEquals(kernel.fcntl(plain, F_GETFL, 0), 0o400002); // O_LARGEFILE of arm64
  assertEquals(outcome(kernel.fcntl(plain, 77, 0)), "EINVAL");
  assertEquals(outcome(kernel.fcntl(99, F_GETFD, 0)), "EBADF");
});

Deno.test("nodes are seen, and opened by whom their mode lets", () => {
  const kernel = kernelOf("panthor");
  assertEquals(kernel.readDirectory("/dev/dri"), [
    "card0",
    "card1",
    "card2",
    "renderD128",
    "renderD129",
  ]);
  const stat = kernel.stat("/dev/dri/renderD128");
  assert(typeof stat !== "number");
  assertEquals([stat.kind, stat.rdev, stat.mode, stat.gid], ["character", "226:128", 0o660, 106]);
  const nobody = openSimulatedKernel(loadBoard("panthor"), { uid: 65_534 });
  assertEquals(outcome(nobody.open("/dev/dri/renderD128", O_RDWR)), "EACCES");
  assertEquals(outcome(nobody.open("/dev/null", O_RDWR)), "ok");
  assertEquals(nobody.readDirectory("/dev/dri"), kernel.readDirectory("/dev/dri"));
});

Deno.test("paths lead where they do on Linux", () => {
  const kernel = kernelOf("panthor");
  const opened = (path: string, flags = 0): string => outcome(kernel.open(path, flags));
  const cases: [string, number, string][] = [
    ["", 0, "ENOENT"],
    ["dev/null", 0, "ENOENT"],
    ["/dev/dri/card9", O_RDWR, "ENOENT"],
    ["/dev/dri/card0/x", O_RDWR, "ENOTDIR"],
    ["/dev/dri/card0/", O_RDWR, "ENOTDIR"],
    ["//dev/./dri/../dri//card0", O_RDWR, "ok"],
    ["/dev/dri", 0, "ok"],
    ["/dev/dri", O_WRONLY, "EISDIR"],
    ["/sys/class/drm/card0/dev", O_WRONLY, "EACCES"],
    ["/sys/class/drm/card0/device/driver", 0, "ok"],
    [`/${"x".repeat(5000)}`, 0, "ENAMETOOLONG"],
  ];
  for (const [path, flags, wanted] of cases) assertEquals(opened(path, flags), wanted, path);
  const directory = kernel.open("/dev/dri", 0);
  assertEquals(outcome(kernel.ioctl(directory, 0xc0406400, 0n)), "ENOTTY");
  assertEquals(mapOutcome(kernel, directory, 4096, 0n, PROT_READ), "ENODEV");
  assertEquals(
    kernel.readLink("/sys/class/drm/card0/device/driver"),
    "../../../bus/platform/drivers/panthor",
  );
  assertEquals(kernel.readText("/sys/dev/char/226:128/dev"), "226:128\n");
  assertEquals(outcome(Number(kernel.readText("/sys/class"))), "EISDIR");
  assertEquals(outcome(Number(kernel.readText("/dev/null"))), "EINVAL");
  assertEquals(outcome(Number(kernel.readLink("/sys/class"))), "EINVAL");
  assertEquals(outcome(Number(kernel.readDirectory("/dev/null"))), "ENOTDIR");
  assertEquals(kernel.readText("/sys/class/drm/version"), "drm 1.1.0 20060810\n");
});

Deno.test("vgem's driver link is missing until it became a faux device", () => {
  const old = kernelOf("qemu@6.12");
  assertEquals(outcome(Number(old.readLink("/sys/class/drm/card0/device/driver"))), "ENOENT");
  const link = kernelOf("qemu@7.2").readLink("/sys/class/drm/card0/device/driver");
  assertEquals(link, "../../bus/faux/drivers/faux_driver".replace("../../", "../../../"));
});

Deno.test("mmap refuses in its order: alignment, descriptor, length, type, mode", () => {
  const kernel = kernelOf("panthor");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const readOnly = kernel.open("/dev/dri/renderD128", 0);
  const memfd = kernel.memfdCreate("m", 0);
  const both = PROT_READ | PROT_WRITE;
  const cases: [string, number, number, number, number, bigint, string][] = [
    ["unaligned offset", 0, both, 0, 99, 1n, "EINVAL"],
    ["closed descriptor", 0, both, 0, 99, 0n, "EBADF"],
    ["length 0", 0, both, 1, fd, 0n, "EINVAL"],
    ["no number", NaN, both, 1, fd, 0n, "EINVAL"],
    ["negative", -1, both, 1, fd, 0n, "ENOMEM"],
    ["all of it", 2 ** 60, both, 1, fd, 0n, "ENOMEM"],
    ["wrapping", 8192, both, 1, fd, (1n << 64n) - 4096n, "EOVERFLOW"],
    ["more than all", 2 ** 48, both, 1, fd, 0n, "ENOMEM"],
    ["neither shared nor private", 4096, both, 0, memfd, 0n, "EINVAL"],
    ["an unknown type", 4096, both, 4, memfd, 0n, "EINVAL"],
    ["MAP_SHARED_VALIDATE", 4096, both, 3, memfd, 0n, "ok"],
    ["beyond a regular file's offsets", 4096, both, 1, memfd, 1n << 63n, "EOVERFLOW"],
    ["shared", 4096, both, 1, memfd, 0n, "ok"],
    ["write to a read-only file", 4096, both, 1, readOnly, 0n, "EACCES"],
    ["no such offset", 4096, both, 1, fd, 0n, "EINVAL"],
  ];
  for (const [what, length, prot, flags, file, offset, wanted] of cases) {
    const result = kernel.mmap(length, prot, flags, file, offset, "direct");
    assertEquals(typeof result === "number" ? outcome(result) : "ok", wanted, what);
  }
});

Deno.test("a mapping keeps its file and object, and is dead after unmap", () => {
  const kernel = kernelOf("panthor");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const handle = createPanthor(kernel, fd, 4096);
  const mapping = mapPanthor(kernel, fd, handle, 4096);
  kernel.close(fd);
  assertEquals(mapping.fill(0, 4096, 1), 4096);
  assertThrows(() => mapping.read(4096, new Uint8Array(1)), RangeError, "1 bytes at 4096");
  assertThrows(() => mapping.fill(-1, 1, 0), RangeError);
  assertEquals(mapping.unmap(), 0);
  assertEquals(outcome(mapping.unmap()), "EINVAL");
  assertEquals(mapping.read(0, new Uint8Array(1)), 0);
});

Deno.test("protection decides what an access can do", () => {
  const kernel = kernelOf("panthor");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const offset = panthorOffset(kernel, fd, createPanthor(kernel, fd, 4096));
  const done = (prot: number): number[] => {
    const mapping = map(kernel, fd, 4096, offset, prot);
    return [
      mapping.read(0, new Uint8Array(4)),
      mapping.write(0, new Uint8Array(4)),
      mapping.fill(0, 4, 1),
    ];
  };
  assertEquals(done(PROT_READ), [4, 0, 0]);
  assertEquals(done(PROT_WRITE), [0, 4, 4]);
  assertEquals(done(0), [0, 0, 0]);
});

Deno.test("/proc/self/maps names the node, and for a dma-buf the dma-buf", () => {
  const kernel = kernelOf("panthor");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const handle = createPanthor(kernel, fd, 8192);
  const node = mapPanthor(kernel, fd, handle, 8192);
  map(kernel, exportFd(kernel, fd, handle), 4096, 0n, PROT_READ);
  const lines = String(kernel.readText("/proc/self/maps")).trimEnd().split("\n");
  assertEquals(lines.map((line) => line.split(/\s+/).at(-1)), ["/dmabuf:", "/dev/dri/renderD128"]);
  assertEquals(lines.map((line) => line.split(/\s+/)[1]), ["r--s", "rw-s"]);
  node.unmap();
  assertEquals(String(kernel.readText("/proc/self/maps")).split("\n").length, 2);
});

Deno.test("poll moves the virtual clock by its time-out, at once and exactly", () => {
  const kernel = kernelOf("panthor");
  const fd = openNode(kernel, "/dev/dri/card0");
  const before = kernel.now();
  assertEquals(kernel.poll([{ fd, events: POLLIN, revents: 0 }], 250), 0);
  assertEquals(kernel.now() - before, 250_000_000n + 2000n); // and the two calls' own time
  const entries = [{ fd: 99, events: POLLIN, revents: 0 }, { fd: -1, events: POLLIN, revents: 9 }];
  assertEquals(kernel.poll(entries, -1), 1);
  assertEquals(entries.map((entry) => entry.revents), [POLLNVAL, 0]);
  assertEquals(outcome(kernel.poll([{ fd, events: POLLIN, revents: 0 }], -1)), "EINTR");
});

Deno.test("closing everything leaves nothing held: a dma-buf's last reference goes", () => {
  const kernel = kernelOf("panthor");
  const gpu = openNode(kernel, "/dev/dri/renderD128");
  const vgem = openNode(kernel, "/dev/dri/renderD129");
  const handle = createPanthor(kernel, gpu, 4096);
  const fd = exportFd(kernel, gpu, handle);
  importHandle(kernel, vgem, fd);
  const mapping = map(kernel, fd, 4096);
  const count = (): string =>
    /count:\t(\d+)/.exec(String(kernel.readText(`/proc/self/fdinfo/${fd}`)))?.[1] ?? "none";
  assertEquals(count(), "7"); // descriptor, mapping, exporter 2, importer 3
  mapping.unmap();
  kernel.close(gpu);
  kernel.close(vgem);
  assertEquals(count(), "1");
  kernel.close(fd);
  assertEquals(kernel.readDirectory("/proc/self/fd"), []);
  assertEquals(kernel.readText("/proc/self/maps"), "");
});

Deno.test("identity says what a report has to", () => {
  const { identity } = kernelOf("qemu@7.2");
  assertEquals(identity, {
    backend: "sim",
    name: "sim:qemu",
    release: "7.2.13",
    arch: "x86_64",
    pageSize: 4096,
  });
});

/** A small generator of numbers below `n`. */
function random(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * n);
  };
}

const definitions = tables.flatMap((table) => Object.values(table.ioctls));
const odd = [
  0n,
  1n,
  2n,
  3n,
  4n,
  63n,
  64n,
  4095n,
  4096n,
  8192n,
  0x7fff_ffffn,
  0xffff_ffffn,
  1n << 40n,
];
const extremes = [...odd, 1n << 63n, (1n << 64n) - 1n, (1n << 64n) - 4096n];

/** Memory filled with plausible and implausible words, with pointers to more of it. */
function anyBlock(next: (n: number) => number, size: number, depth: number): Block {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 4 <= size; at += 4) {
    if (next(2) === 0) {
      view.setUint32(at, Number(BigInt.asUintN(32, odd[next(odd.length)] ?? 0n)), true);
    }
  }
  const refs = [];
  for (let offset = 0; offset + 8 <= size; offset += 8) {
    if (next(5) === 0 && depth < 2) {
      refs.push({ offset, target: anyArgument(next, next(3) * 24, depth + 1) });
    } else if (next(6) === 0) {
      view.setBigUint64(offset, extremes[next(extremes.length)] ?? 0n, true);
    }
  }
  return { bytes, refs };
}
function anyArgument(next: (n: number) => number, size: number, depth = 0): Argument {
  return next(8) === 0 ? extremes[next(extremes.length)] ?? 0n : anyBlock(next, size, depth);
}

/** Does `steps` random calls; returns every result as text. */
function stir(kernel: Kernel, seed: number, steps: number): string[] {
  const next = random(seed);
  const log: string[] = [];
  const note = (what: string, result: number | bigint): void => {
    assert(typeof result === "bigint" || Number.isInteger(result), `${what} gave ${result}`);
    assert(result >= -4095, `${what} gave ${result}, which is no errno`);
    log.push(`${what} ${result}`);
  };
  const paths = ["/dev/dri/card0", "/dev/dri/card1", "/dev/dri/card2", "/dev/dri/renderD128"];
  paths.push("/dev/dri/renderD129", "/dev/udmabuf", "/dev/dma_heap/system", "/dev/null", "/", "\0");
  const side = kernel.deviceSide;
  for (let step = 0; step < steps; step++) {
    const fd = next(24) - 1;
    const wide = extremes[next(extremes.length)] ?? 0n;
    const small = [0, 1, 2, 64, 4096, -1, 1.5, NaN, 2 ** 53, -(2 ** 60)][next(10)] ?? 0;
    switch (next(14)) {
      case 0:
        note("open", kernel.open(paths[next(paths.length)] ?? "", next(4)));
        break;
      case 1:
        if (next(4) === 0) note("close", kernel.close(fd));
        break;
      case 2: {
        const mapping = kernel.mmap(small, next(4), next(4), fd, wide * BigInt(next(2)), "direct");
        if (typeof mapping === "number") note("mmap", mapping);
        else {
          note("write", mapping.write(0, new Uint8Array(Math.min(mapping.length, 64)).fill(step)));
          if (next(2) === 0) note("unmap", mapping.unmap());
        }
        break;
      }
      case 3:
        note("fcntl", kernel.fcntl(fd, [1, 2, 3, 1030, 1033, 1034, 99][next(7)] ?? 0, small));
        break;
      case 4:
        note("lseek", kernel.lseek(fd, wide - (1n << 62n), next(5)));
        break;
      case 5:
        note("ftruncate", kernel.ftruncate(fd, wide));
        break;
      case 6:
        note("memfd", kernel.memfdCreate("m".repeat(next(300)), next(40)));
        break;
      case 7:
        note(
          "poll",
          kernel.poll([{ fd, events: small, revents: 0 }], [0, 5, -1, NaN][next(4)] ?? 0),
        );
        break;
      case 8: {
        const read = side?.read(fd, next(4), small, next(5000));
        note("device read", typeof read === "number" ? read : read?.length ?? 0);
        note("device write", side?.write(fd, next(4), small, new Uint8Array(next(200))) ?? 0);
        const stale = side?.stale(fd, next(4), small, next(9000));
        note("stale", typeof stale === "number" ? stale : stale?.length ?? 0);
        break;
      }
      default: {
        const definition = definitions[next(definitions.length)];
        if (definition === undefined) break;
        const size = (definition.code >>> 16) & 0x3fff;
        const request = next(20) === 0
          ? (definition.code ^ (1 << next(32))) >>> 0
          : definition.code;
        note(definition.name, kernel.ioctl(fd, request, anyArgument(next, size + next(3) * 8)));
      }
    }
  }
  return log;
}

Deno.test("no argument makes a call throw, and the same calls give the same answers", () => {
  for (const { name } of listBoards()) {
    for (let seed = 1; seed <= 4; seed++) {
      const first = stir(kernelOf(name), seed, 1500);
      assertEquals(
        stir(kernelOf(name), seed, 1500).join("\n"),
        first.join("\n"),
        `${name} ${seed}`,
      );
    }
  }
});

Deno.test("raw addresses as arguments are EFAULT wherever something is copied", () => {
  const kernel = kernelOf("panthor");
  const fd = openNode(kernel, "/dev/dri/card0");
  for (const address of [0n, 1n, 0xdead_beefn, (1n << 64n) - 1n]) {
    assertEquals(outcome(kernel.ioctl(fd, 0xc0406400, address)), "EFAULT");
  }
  assertEquals(kernel.lseek(fd, 0n, SEEK_SET), 0n);
  assertEquals(MAP_SHARED, 1);
});
