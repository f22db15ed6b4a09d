// Signals in calls that wait for a lock of another caller, on the real drivers. The simulator has one
// caller, so that nothing there ever waits for a lock.
import { assert, assertEquals } from "@std/assert";
import { errno } from "../ffi/errno.ts";
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import { openLiveKernel } from "../ffi/live_kernel.ts";
import { encode, encodeArray, type Fields, type StructType, type ValuesOf } from "../ffi/struct.ts";
import { dmaBuf } from "../ffi/uapi/dma_buf.ts";
import { panfrost } from "../ffi/uapi/panfrost.ts";
import { panthor } from "../ffi/uapi/panthor.ts";
import { Bench } from "./calls/_bench.ts";
import { type Gpu, gpus } from "./calls/_gpus.ts";
import { AlarmClock, LiveSurroundings } from "./calls/_live_surroundings.ts";
import { liveTest } from "./_machine.ts";

const BYTES = 128 << 20;
/** Milliseconds from signal to signal, and after which one has to have met a call that waits. */
const EVERY = 5;
const LIMIT = 20_000;

const symbols = {
  ioctl: { parameters: ["i32", "u32", "buffer"], result: "i32", nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;

/** What is called: its name, and a call that succeeds unless it is interrupted. */
interface Asked {
  readonly name: string;
  readonly ask: () => number;
}

function asked<F extends Fields>(
  bench: Bench,
  definition: IoctlDefinition<StructType<F>>,
  values: Partial<ValuesOf<F>>,
): Asked {
  const { name, struct, code } = definition;
  if (struct === null) throw new TypeError(name);
  return { name, ask: () => bench.kernel.ioctl(bench.fd, code, encode(struct, values)) };
}

function callsOf(bench: Bench, handle: number): Asked[] {
  if (bench.gpu.driver === "panthor") {
    const op = { handle, type: 1, size: BigInt(BYTES) };
    const array = encodeArray(panthor.structs.drm_panthor_bo_sync_op, [op]);
    return [asked(bench, panthor.ioctls.BO_SYNC, { ops: { stride: 24, count: 1, array } })];
  }
  const op = { handle, type: 1, size: BYTES };
  const ops = encodeArray(panfrost.structs.drm_panfrost_bo_sync_op, [op]);
  return [
    asked(bench, panfrost.ioctls.SYNC_BO, { ops, op_count: 1 }),
    asked(bench, panfrost.ioctls.MADVISE, { handle }),
  ];
}

/** Begins and ends on a dma-buf from other threads, each of which holds the buffer's lock. */
async function contend(
  library: Deno.DynamicLibrary<typeof symbols>,
  fd: number,
  more: () => boolean,
): Promise<void> {
  const others = [3, 3, 7].map(async (flags) => {
    const argument = new Uint8Array(8);
    argument[0] = flags;
    while (more()) await library.symbols.ioctl(fd, dmaBuf.ioctls.SYNC.code, argument);
  });
  await Promise.all(others);
}

for (const gpu of gpus.filter(({ coherent }) => !coherent)) {
  liveTest(
    `a signal ends the wait for a buffer's lock on ${gpu.node}`,
    ["arm64-7.2"],
    () => run(gpu),
  );
}

async function run(gpu: Gpu): Promise<void> {
  const library = Deno.dlopen("libc.so.6", symbols);
  const kernel = openLiveKernel();
  using around = new LiveSurroundings();
  using alarm = new AlarmClock();
  try {
    using bench = new Bench(kernel, gpu, true, around);
    const handle = bench.create(BYTES, gpu.driver === "panthor" ? 2 : 5);
    const fd = bench.export(handle);
    // An attachment: what the hooks work on.
    bench.import(fd, bench.open("renderD128"));
    for (const { name, ask } of callsOf(bench, handle)) {
      assertEquals(ask(), 0, name);
      let on = true;
      const others = contend(library, fd, () => on);
      const seen = new Set<number>();
      const end = performance.now() + LIMIT;
      alarm.set(EVERY, true);
      while (!seen.has(-errno.EINTR) && performance.now() < end) {
        for (let i = 0; i < 10; i++) seen.add(ask());
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      alarm.set(0);
      on = false;
      await others;
      assert(seen.has(-errno.EINTR), `${name}: no EINTR in ${LIMIT} ms`);
      assertEquals([...seen].filter((result) => result !== 0), [-errno.EINTR], name);
      assertEquals(ask(), 0, name);
    }
  } finally {
    kernel.dispose();
    library.close();
  }
}
