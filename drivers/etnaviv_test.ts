import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { etnaviv } from "./etnaviv.ts";
import { openNode, request } from "./_test_kit.ts";
import type { BufferFacts, OpenDevice } from "./driver.ts";

/** A kernel without a readable directory. */
class Blind extends WrappedKernel {
  override readDirectory(): number {
    return -errno.ENOENT;
  }
}

function open(): OpenDevice {
  return openNode("imx8", "/dev/dri/renderD128");
}
function made(device: OpenDevice, cached: boolean): BufferFacts {
  return { ...etnaviv.create(device, request({ cached })), imported: false };
}
function op(device: OpenDevice, name: string): NonNullable<typeof etnaviv.syncOps[string]> {
  const plan = etnaviv.syncOps[name];
  if (plan === undefined) throw new Error(`${device.name} has no ${name}`);
  return plan;
}

Deno.test("plan() hands cached buffers over whole, and leaves the others alone", () => {
  const device = open();
  const plans = (cached: boolean): string[] => {
    const buffer = made(device, cached);
    return ([["device", "w"], ["cpu", "r"], ["cpu", "rw"], ["cpu", "w"]] as const)
      .map(([to, access]) => etnaviv.plan(device, buffer, { for: to, access }).op);
  };
  assertEquals(plans(true), ["prep-fini", "prep", "prep", "prep-write"]);
  assertEquals(plans(false), ["none", "none", "none", "none"]);
});

Deno.test("a raw prep or fini of a buffer in no cache says that no line is touched", () => {
  const device = open();
  const told = (buffer: BufferFacts, name: string): unknown => {
    const plan = etnaviv.planOp?.(device, buffer, op(device, name));
    return [plan?.effect, plan?.why];
  };
  const why = "the buffer is write-combined: no cache line is touched";
  assertEquals(told(made(device, false), "prep"), ["wait", why]);
  assertEquals(told(made(device, false), "fini"), ["none", why]);
  assertEquals(told(made(device, true), "prep"), ["invalidate", undefined]);
});

Deno.test("sync() lets no fini go without its prep, but for --raw", () => {
  const device = open();
  const buffer = made(device, true);
  const sync = (name: string, raw = false): void =>
    etnaviv.sync(device, buffer, op(device, name), [], raw);
  assertThrows(() => sync("fini"), UsageError, "without a prep before it");
  sync("prep");
  sync("fini");
  assertThrows(() => sync("fini"), UsageError);
  sync("prep-fini");
  assertThrows(() => sync("fini"), UsageError);
  sync("prep-write");
  sync("fini");
  sync("fini", true);
});

Deno.test("a handle's next buffer has no prep of the one before", () => {
  const device = open();
  const first = made(device, true);
  etnaviv.sync(device, first, op(device, "prep"), []);
  device.scratch.set(`prep ${first.handle + 1}`, 1);
  const second = made(device, true);
  assertEquals(second.handle, first.handle + 1);
  assertThrows(() => etnaviv.sync(device, second, op(device, "fini"), []), UsageError);
});

Deno.test("coherency() is that of the GPUs, and unknown without them in sysfs", () => {
  assertEquals(etnaviv.coherency(open()), "non-coherent");
  const blind = openNode("imx8", "/dev/dri/renderD128", (kernel) => new Blind(kernel));
  assertEquals(etnaviv.coherency(blind), "unknown");
});
