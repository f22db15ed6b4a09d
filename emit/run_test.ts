// Emitted files that need no device, compiled and run on this machine.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TraceEntry } from "../trace/format.ts";
import { isInstalled } from "./_compilers.ts";
import { cOf, mapped, runC } from "./_test_kit.ts";

const installed = await isInstalled("gcc");

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: installed ? name : `SKIPPED, since gcc is not installed: ${name}`,
    ignore: !installed,
    fn,
  });
}

const zeroes = "00".repeat(64);
const counted = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", counted)).toHex();
const cube = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(5000))).toHex();

const calls: readonly TraceEntry[] = [
  ...mapped,
  {
    call: "map.read",
    map: "m1",
    offset: 0,
    length: 5000,
    bytes: { sha256: cube },
    result: 5000,
  },
  { call: "map.read", map: "m1", offset: 8, length: 64, bytes: { hex: zeroes }, result: 64 },
  { call: "command", text: "mmap db --write 4=deadbeef" },
  { call: "map.write", map: "m1", offset: 4, length: 4, bytes: { hex: "deadbeef" }, result: 4 },
  { call: "map.read", map: "m1", offset: 3, length: 4, bytes: { hex: "00deadbe" }, result: 4 },
  { call: "map.fill", map: "m1", offset: 100, length: 20, value: 0xab, result: 20 },
  {
    call: "map.read",
    map: "m1",
    offset: 100,
    length: 20,
    bytes: { hex: "ab".repeat(20) },
    result: 20,
  },
  {
    call: "map.write",
    map: "m1",
    offset: 0,
    length: 5000,
    bytes: { hex: counted.toHex() },
    result: 5000,
  },
  { call: "map.read", map: "m1", offset: 0, length: 5000, bytes: { sha256 }, result: 5000 },
  { call: "dup", fd: "f1", result: "f2" },
  {
    call: "fstat",
    fd: "f1",
    stat: { kind: "regular", mode: 511, size: "8192", inode: "i1", rdev: "" },
    result: 0,
  },
  {
    call: "fstat",
    fd: "f2",
    stat: { kind: "regular", mode: 511, size: "8192", inode: "i1", rdev: "" },
    result: 0,
  },
  { call: "lseek", fd: "f2", offset: "0", whence: "SEEK_END", result: 8192 },
  { call: "fcntl", fd: "f2", command: "F_GETFL", argument: 0, result: 2 },
  { call: "fcntl", fd: "f2", command: "F_ADD_SEALS", argument: 2, result: 0 },
  { call: "fcntl", fd: "f2", command: "F_GET_SEALS", argument: 0, result: 2 },
  { call: "ftruncate", fd: "f2", length: "4096", result: "EPERM" },
  {
    call: "poll",
    entries: [{ fd: "f2", events: "POLLIN|POLLOUT", revents: "POLLIN|POLLOUT" }],
    timeoutMs: 10,
    result: 1,
  },
  { call: "ioctl", fd: "f2", code: "0x1234", in: "hex:00112233", result: "ENOTTY" },
  { call: "ioctl", fd: -1, code: "0x1234", in: "0x0", result: "EBADF" },
  { call: "map.unmap", map: "m1", result: 0 },
  { call: "close", fd: "f1", result: 0 },
  { call: "close", fd: "f2", result: 0 },
  { call: "close", fd: "f2", result: "EBADF" },
];

test("a file whose calls all go as recorded ends with 0", async () => {
  assertEquals(await runC(cOf(calls)), {
    code: 0,
    out: "",
    err: "PASS: all 2 commands went as recorded",
  });
});

/** Each with one recorded answer changed, and what the file says then. */
const changes: readonly (readonly [string, (entry: TraceEntry) => TraceEntry, RegExp])[] = [
  [
    "bytes that were read",
    (entry) =>
      entry.call === "map.read" && entry.offset === 3
        ? { ...entry, bytes: { hex: "00deadbf" } }
        : entry,
    /^FAIL mmap db --write 4=deadbeef: differs_at\(.*\) is 3, recorded was -1/,
  ],
  [
    "a hash",
    (entry) =>
      entry.call === "map.read" && "sha256" in entry.bytes && entry.bytes.sha256 === sha256
        ? { ...entry, bytes: { sha256: cube } }
        : entry,
    /has_sha256\(.*\) is 0, recorded was 1/,
  ],
  [
    "bytes that are all one value",
    (entry) =>
      entry.call === "map.read" && entry.length === 20
        ? { ...entry, bytes: { hex: "ac".repeat(20) } }
        : entry,
    /differs_from\(.*\) is 0, recorded was -1/,
  ],
  [
    "an errno",
    (entry) =>
      entry.call === "ftruncate" && entry.result === "EPERM"
        ? { ...entry, result: "EINVAL" }
        : entry,
    /is -1 \(Operation not permitted\), recorded was -22 \(Invalid argument\)/,
  ],
  [
    "a size",
    (entry) => entry.call === "lseek" ? { ...entry, result: 4096 } : entry,
    /lseek\(.*\) is 8192, recorded was 4096/,
  ],
  [
    "events of a poll",
    (entry) =>
      entry.call === "poll"
        ? { ...entry, entries: entry.entries.map((one) => ({ ...one, revents: "POLLIN" })) }
        : entry,
    /revents is 5, recorded was 1/,
  ],
  [
    "an inode",
    (entry) =>
      entry.call === "fstat" && entry.stat !== undefined && entry.fd === "f2"
        ? { ...entry, stat: { ...entry.stat, size: "4096" } }
        : entry,
    /st_size is 8192, recorded was 4096/,
  ],
];

for (const [what, change, said] of changes) {
  test(`a file that recorded another answer ends with 1: ${what}`, async () => {
    const { code, err } = await runC(cOf(calls.map(change)));
    assertMatch(err, said);
    assertEquals(code, 1);
  });
}

const beyond: readonly TraceEntry[] = [
  ...mapped,
  { call: "ftruncate", fd: "f1", length: "4096", result: 0 },
  { call: "map.read", map: "m1", offset: 4092, length: 8, bytes: { hex: "00000000" }, result: 4 },
  { call: "map.fill", map: "m1", offset: 4000, length: 1000, value: 1, result: 96 },
  { call: "map.write", map: "m1", offset: 4095, length: 2, bytes: { hex: "0203" }, result: 1 },
  { call: "map.read", map: "m1", offset: 4094, length: 2, bytes: { hex: "0102" }, result: 2 },
  { call: "map.read", map: "m1", offset: 4096, length: 1, bytes: { hex: "" }, result: 0 },
];

test("an access that a SIGBUS cut short is cut short at the same byte", async () => {
  assertEquals((await runC(cOf(beyond))).err, "PASS: all 1 commands went as recorded");
  const whole = beyond.map((entry) =>
    entry.call === "map.fill" ? { ...entry, length: 96, result: 90 } : entry
  );
  assertMatch((await runC(cOf(whole))).err, /fill_until_fault\(.*\) is 96, recorded was 90/);
});

test("faults are caught only where the trace has one", () => {
  assert(!cOf(calls).includes("sigsetjmp"));
  assert(cOf(beyond).includes("sigsetjmp"));
  return Promise.resolve();
});

const node: readonly TraceEntry[] = [
  ...calls,
  { call: "command", text: "create --on nowhere --size 4KiB", file: "a", line: 9 },
  {
    call: "open",
    path: "/dev/dri/card7",
    flags: "O_RDWR|O_CLOEXEC",
    result: "f3",
    node: { driver: "nosuch", version: "1.0", kind: "primary", index: 0 },
  },
  { call: "ioctl", fd: "f3", name: "DRM_IOCTL_DROP_MASTER", code: "0x641f", in: 0, result: 0 },
  { call: "command", text: "list" },
  { call: "fcntl", fd: "f3", command: "F_GETFD", argument: 0, result: 1 },
];

test("a missing device is a skip: 77", async () => {
  const { code, err } = await runC(cOf(node));
  assertEquals(
    [code, err],
    [
      77,
      "SKIP 9: create --on nowhere --size 4KiB: no primary node of driver nosuch, or not " +
      "enough of them",
    ],
  );
});

test("kselftest C prints KTAP", async () => {
  const { code, out } = await runC(cOf(calls, "kselftest"));
  assertEquals(out.split("\n"), [
    "KTAP version 1",
    "1..2",
    "ok 1 3: create --udmabuf --size 8KiB --as db",
    "ok 2 mmap db --write 4=deadbeef",
  ]);
  assertEquals(code, 0);
});

test("kselftest C reports a missing device as skips, and what is different as a failure", async () => {
  const skipped = await runC(cOf(node, "kselftest"));
  const lines = skipped.out.split("\n");
  assertEquals(lines.slice(0, 2), ["KTAP version 1", "1..4"]);
  assertMatch(lines[4] ?? "", /^ok 3 9: create .* # SKIP no primary node of driver nosuch/);
  assertMatch(lines[5] ?? "", /^ok 4 list # SKIP /);
  assertEquals(skipped.code, 77);
  const failed = await runC(
    cOf(
      node.map((entry) => entry.call === "lseek" ? { ...entry, result: 1 } : entry),
      "kselftest",
    ),
  );
  assertEquals(failed.out.split("\n").slice(3), [
    "# sys(lseek(copy_1, 0, SEEK_END)) is 8192, recorded was 1",
    "not ok 2 mmap db --write 4=deadbeef",
    "ok 3 9: create --on nowhere --size 4KiB # SKIP not reached",
    "ok 4 list # SKIP not reached",
  ]);
  assertEquals(failed.code, 1);
});

test("kselftest C skips with 4 beside the kernel's kselftest.h", async () => {
  const { code } = await runC(cOf(node, "kselftest"), { "tests/kselftest.h": "" });
  assertEquals(code, 4);
});

test("igt C runs as a subtest", async () => {
  const { code, out } = await runC(cOf(calls, "igt", ["A story: of /* two */ pages"]));
  assertEquals([code, out], [0, "Subtest a-story-of-two-pages"]);
  assertEquals((await runC(cOf(node, "igt"))).code, 77);
});

test("texts of strangers stay inside their comments and strings", async () => {
  const text = 'x */ int evil; /* ??/ ??> \\" \u202e \x1b[31m " %s %n # skip( memfd_1 \\';
  const entries: readonly TraceEntry[] = [
    { call: "command", text },
    { call: "memfd_create", name: text.slice(0, 60), flags: "MFD_CLOEXEC", result: "f1" },
    { call: "lseek", fd: "f1", offset: "0", whence: "SEEK_END", result: 1 },
  ];
  for (const style of ["plain", "kselftest", "igt"] as const) {
    const c = cOf(entries, style, [text, "// \\", text]);
    assert(/^[\x20-\x7e\n\t]*$/.test(c));
    const { code, err, out } = await runC(c);
    assert(code !== 0 && code !== 77, style);
    assertStringIncludes(err + out, "lseek(memfd_1, 0, SEEK_END)) is 0");
  }
});
