import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { requestCode } from "../../ffi/ioctl.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { loadBoard } from "../board.ts";
import { openSimulatedKernel } from "../sim_kernel.ts";
import { kernelOf, mustCall, openNode, outcome } from "../_test_kit.ts";

const { ioctls } = drm;

Deno.test("the first to open the primary node is master, until it drops or closes", () => {
  const kernel = kernelOf("qemu");
  const first = openNode(kernel, "/dev/dri/card0");
  const second = openNode(kernel, "/dev/dri/card0");
  const render = openNode(kernel, "/dev/dri/renderD128");
  const run = (fd: number, name: "SET_MASTER" | "DROP_MASTER"): string =>
    outcome(kernel.ioctl(fd, ioctls[name].code, 0n));
  assertEquals([run(first, "SET_MASTER"), run(second, "SET_MASTER")], ["ok", "EBUSY"]);
  assertEquals([run(render, "SET_MASTER"), run(second, "DROP_MASTER")], ["EACCES", "EINVAL"]);
  assertEquals([run(first, "DROP_MASTER"), run(first, "DROP_MASTER")], ["ok", "EINVAL"]);
  assertEquals([run(second, "SET_MASTER"), run(first, "SET_MASTER")], ["ok", "EBUSY"]);
  kernel.close(second);
  assertEquals(run(first, "SET_MASTER"), "ok");
});

Deno.test("a master authenticates another file by its magic, once", () => {
  const open = loadBoard("qemu");
  const mode = { mode: 0o666, gid: 0 };
  const board = { ...open, access: { ...open.access, primary: mode, render: mode } };
  const kernel = openSimulatedKernel(board, { uid: 1000 });
  const master = openNode(kernel, "/dev/dri/card0");
  const other = openNode(kernel, "/dev/dri/card0");
  const open9 = (): string => outcome(call(kernel, other, ioctls.GEM_OPEN, { name: 9 }).result);
  assertEquals(open9(), "EACCES");
  const { magic } = mustCall(kernel, other, ioctls.GET_MAGIC);
  assertEquals(mustCall(kernel, other, ioctls.GET_MAGIC).magic, magic);
  const authenticate = (fd: number): string =>
    outcome(call(kernel, fd, ioctls.AUTH_MAGIC, { magic }).result);
  assertEquals([authenticate(other), authenticate(master)], ["EACCES", "ok"]);
  assertEquals([open9(), authenticate(master)], ["ENOENT", "EINVAL"]);
  assertEquals(outcome(kernel.ioctl(other, ioctls.SET_MASTER.code, 0n)), "EACCES");
});

Deno.test("SET_VERSION ties the master to its bus name, which GET_UNIQUE tells", () => {
  const kernel = kernelOf("qemu");
  for (const [node, name] of [["card0", "vgem"], ["card2", "pci:0000:00:11.0"]] as const) {
    const fd = openNode(kernel, `/dev/dri/${node}`);
    assertEquals(mustCall(kernel, fd, ioctls.GET_UNIQUE).unique_len, 0n);
    const set = (major: number, minor: number, driver = -1): string =>
      outcome(
        call(kernel, fd, ioctls.SET_VERSION, {
          drm_di_major: major,
          drm_di_minor: minor,
          drm_dd_major: driver,
        }).result,
      );
    assertEquals([set(2, 0), set(1, 5), set(1, -1), set(-1, 0, 7)], [
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "EINVAL",
    ]);
    assertEquals(set(1, 4), "ok");
    const unique = new Uint8Array(32);
    const values = mustCall(kernel, fd, ioctls.GET_UNIQUE, {
      unique_len: 32n,
      unique: { bytes: unique },
    });
    assertEquals(new TextDecoder().decode(unique.subarray(0, Number(values.unique_len))), name);
    const fault = call(kernel, fd, ioctls.GET_UNIQUE, { unique_len: 32n, unique: 1n });
    assertEquals(outcome(fault.result), "EFAULT");
  }
});

Deno.test("the calls of old do nothing, for root and the master of the primary node", () => {
  const kernel = kernelOf("qemu");
  const render = openNode(kernel, "/dev/dri/renderD128");
  const card = openNode(kernel, "/dev/dri/card0");
  const block = { bytes: new Uint8Array(256) };
  const run = (fd: number, number: number): string =>
    outcome(kernel.ioctl(fd, requestCode("RW", "d", number, 64), block));
  const numbers = [0x05, 0x06, 0x10, 0x12, 0x2c, 0x3f];
  assertEquals(numbers.map((n) => run(card, n)), ["ok", "ok", "EINVAL", "ok", "ok", "ok"]);
  for (const number of numbers) assertEquals(run(render, number), "EACCES");
});
