import { assertEquals } from "@std/assert";
import type { TraceEntry } from "../trace/format.ts";
import { planTrace } from "./plan.ts";
import type { CallEntry } from "./waits.ts";

const node = { driver: "panfrost", version: "1.6", kind: "render", index: 0 } as const;
const open: CallEntry = {
  call: "open",
  path: "/dev/dri/renderD128",
  flags: "O_RDWR|O_CLOEXEC",
  result: "f1",
  node,
};
const close: CallEntry = { call: "close", fd: "f1", result: 0 };
const version = {
  call: "ioctl",
  fd: "f1",
  name: "DRM_IOCTL_VERSION",
  code: "0xc0406400",
  in: {},
  result: 0,
} as const;

function command(text: string): TraceEntry {
  return { call: "command", text };
}

function callsOf(...entries: readonly TraceEntry[]): readonly CallEntry[] {
  return planTrace(entries).steps.flatMap(({ calls }) => calls);
}

function poll(result: number, timeoutMs: number, events = "POLLIN"): CallEntry {
  const revents = result > 0 ? events : "0";
  return { call: "poll", entries: [{ fd: "f1", events, revents }], timeoutMs, result };
}

function waitBo(result: number | string, timeout: string | number, handle = 1): CallEntry {
  return {
    call: "ioctl",
    fd: "f1",
    name: "DRM_IOCTL_PANFROST_WAIT_BO",
    code: "0x40106441",
    in: { handle, pad: 0, timeout_ns: timeout },
    result,
  };
}

Deno.test("planTrace() leaves out devices that were only looked at", () => {
  assertEquals(callsOf(command("devices"), open, version, close), []);
  const used: CallEntry = { call: "lseek", fd: "f1", offset: "0", whence: "SEEK_CUR", result: 0 };
  assertEquals(callsOf(command("x"), open, version, used, close), [open, used, close]);
});

Deno.test("planTrace() keeps a call that a command asks for by its name", () => {
  assertEquals(callsOf(command("ioctl . VERSION"), open, version, close), [open, version, close]);
  assertEquals(callsOf(command("ioctl . drm.version"), open, version), [open, version]);
});

Deno.test("planTrace() keeps a device that a poll or an argument names", () => {
  assertEquals(callsOf(open, poll(1, 0)), [open, poll(1, 0)]);
  const imports: CallEntry = {
    call: "ioctl",
    fd: 7,
    name: "DRM_IOCTL_PRIME_FD_TO_HANDLE",
    code: "0xc00c642e",
    in: { handle: 0, flags: 0, fd: "f1" },
    result: "EBADF",
  };
  assertEquals(callsOf(open, imports), [open, imports]);
});

Deno.test("planTrace() makes one poll of the slices of one wait", () => {
  assertEquals(callsOf(poll(0, 200), poll(0, 200), poll(0, 50)), [poll(0, 450)]);
});

Deno.test("planTrace() gives a poll that ended well ten seconds", () => {
  assertEquals(callsOf(poll(0, 200), poll(1, 200)), [poll(1, 10_000)]);
  assertEquals(callsOf(poll(1, 0)), [poll(1, 0)]);
  assertEquals(callsOf(poll(0, 20_000), poll(1, 200)), [poll(1, 20_200)]);
});

Deno.test("planTrace() does not join polls of different things, commands or answers", () => {
  assertEquals(callsOf(poll(0, 5), poll(0, 5, "POLLOUT")).length, 2);
  assertEquals(callsOf(poll(1, 0), poll(1, 0)).length, 2);
  assertEquals(callsOf(command("a"), poll(0, 5), command("b"), poll(0, 5)).length, 2);
});

Deno.test("planTrace() makes one call of the slices of a driver's wait", () => {
  assertEquals(
    callsOf(open, waitBo("ETIMEDOUT", "now+200ms"), waitBo("ETIMEDOUT", "now+50ms")).slice(1),
    [waitBo("ETIMEDOUT", "now+250ms")],
  );
  assertEquals(
    callsOf(open, waitBo("ETIMEDOUT", "now+200ms"), waitBo(0, "now+200ms")).slice(1),
    [waitBo(0, "now+10000ms")],
  );
  assertEquals(
    callsOf(open, waitBo("ETIMEDOUT", "now+20ms"), waitBo("ETIMEDOUT", "now+20ms", 2)).length,
    3,
  );
  assertEquals(callsOf(open, waitBo("EBUSY", 0), waitBo("EBUSY", 0)).length, 3);
});

Deno.test("planTrace() drops answers after which the same call was made again", () => {
  const again = { ...version, name: "DRM_IOCTL_MODE_MAP_DUMB", result: "EAGAIN" } as const;
  const done = { ...again, result: 0 };
  assertEquals(callsOf(open, again, again, done), [open, done]);
  assertEquals(callsOf(open, again, close), [open, again, close]);
});

Deno.test("planTrace() ends at the first access of a device, and counts what is left", () => {
  const access: TraceEntry = {
    call: "device.end",
    fd: "f1",
    handle: 1,
    result: 0,
  };
  const { steps, left } = planTrace([
    command("a"),
    open,
    poll(1, 0),
    command("device end"),
    access,
    close,
    command("b"),
    poll(1, 0),
    command(""),
    close,
  ]);
  assertEquals(steps.map(({ needsDevice }) => needsDevice), [false, true]);
  assertEquals(steps.map(({ calls }) => calls.length), [2, 0]);
  assertEquals(left, ["b"]);
});

Deno.test("planTrace() keeps the simulator's books and stale ranges out", () => {
  const { steps } = planTrace([
    command("sync"),
    { call: "device.books", fd: "f1", handle: 1, result: 0 },
    { call: "device.stale", fd: "f1", handle: 1, offset: 0, length: 1, data: [], result: 0 },
    { call: "readText", path: "/proc/self/fdinfo/f1", text: "", result: 0 },
  ]);
  assertEquals(steps.map(({ needsDevice, calls }) => [needsDevice, calls]), [[false, []]]);
});
