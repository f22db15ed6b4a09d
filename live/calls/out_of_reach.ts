/**
 * What the calls of one program alone do not meet: a table of descriptors that is full, an array
 * that no memory holds, another device's fence, a signal, a driver that goes, and what debugfs tells.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { errno } from "../../ffi/errno.ts";
import { type Block, isError } from "../../ffi/kernel.ts";
import { dmaBuf } from "../../ffi/uapi/dma_buf.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { panfrost } from "../../ffi/uapi/panfrost.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { fence } from "./_fence.ts";
import { gpus, panfrosts, panthors } from "./_gpus.ts";

const { GEM_CLOSE, PRIME_FD_TO_HANDLE, PRIME_HANDLE_TO_FD, VERSION } = drm.ioctls;
const { EXPORT_SYNC_FILE, SYNC } = dmaBuf.ioctls;
const BYTES = 8192;
const READ = 1n;
const WRITE = 2n;
const END = 4n;
/** More descriptors than any limit here has. */
const MANY = 1 << 17;

/** Takes descriptors until there is none left. */
function fillDescriptors(bench: Bench): void {
  for (let i = 0; i < MANY; i++) {
    const fd = bench.kernel.dup(bench.fd);
    if (fd === -errno.EMFILE) return;
    bench.keep(fd, "dup");
  }
  throw new Error(`${MANY} descriptors are not the end`);
}

function words(text: string): Block {
  return { bytes: new TextEncoder().encode(`${text}\0`) };
}

/** The rows of `gems` in debugfs, by their words; undefined: there is no such file. */
function gems(bench: Bench, node = bench.gpu.node): string[][] | undefined {
  const path = `/sys/kernel/debug/dri/${node.slice("renderD".length)}/gems`;
  const text = bench.kernel.readText(path);
  if (isError(text)) {
    assertEquals(text, -errno.ENOENT);
    return undefined;
  }
  const [, rows = ""] = String(text).split(/^[-=]+$/m);
  return rows.split("\n").filter((row) => row !== "").map((row) => row.split(/\s+/));
}

/** The last row's words from its state on. */
function stateAndLabel(bench: Bench, node?: string): string[] | undefined {
  const before = bench.gpu.driver === "panthor" ? 7 : 6;
  return gems(bench, node)?.at(-1)?.slice(before).filter((word) => word !== "");
}

function setLabel(bench: Bench, handle: number, label: Block | bigint): string {
  return bench.gpu.driver === "panthor"
    ? bench.ask(panthor.ioctls.BO_SET_LABEL, { handle, label })
    : bench.ask(panfrost.ioctls.SET_LABEL_BO, { handle, label });
}

const cases: readonly CallCase[] = [
  callCase("a full table of descriptors: EMFILE before the handle is looked at", gpus, (bench) => {
    const handle = bench.create(BYTES);
    const fd = bench.export(handle);
    fillDescriptors(bench);
    assertEquals(bench.ask(PRIME_HANDLE_TO_FD, { handle, flags: 2 }), "EMFILE");
    assertEquals(bench.ask(PRIME_HANDLE_TO_FD, { handle: 99 }), "EMFILE");
    assertEquals(bench.ask(PRIME_HANDLE_TO_FD, { handle: 99, flags: 0x10 }), "EINVAL");
    assertEquals(bench.ask(EXPORT_SYNC_FILE, { flags: 1 }, fd), "EMFILE");
    assertEquals(bench.ask(EXPORT_SYNC_FILE, { flags: 4 }, fd), "EINVAL");
    assertEquals(bench.ask(PRIME_FD_TO_HANDLE, { fd }), "ok");
  }),
  // Below 2 GiB, where the kernel would warn, and above the board's RAM.
  ...rowsOf(panthors, panthor.ioctls.BO_SYNC, [{
    name: "with more ops than there is memory for",
    values: { ops: { stride: 24, count: 80_000_000, array: 0x1000n } },
    is: "ENOMEM",
    before: "EINVAL",
  }]),
  ...rowsOf(panfrosts, panfrost.ioctls.SYNC_BO, [{
    name: "with more ops than there is memory for",
    values: { ops: 0x1000n, op_count: 100_000_000 },
    is: "ENOMEM",
    before: "EINVAL",
  }]),
  callCase("SYNC START waits for another device's fence, until a signal comes", gpus, (bench) => {
    const handle = bench.create(BYTES);
    const fd = bench.export(handle);
    const signal = fence(bench, fd);
    for (const flags of [READ, WRITE, READ | WRITE]) {
      const before = bench.kernel.now();
      bench.around.signalIn(60);
      assertEquals(bench.once(SYNC, { flags }, fd).answer, "EINTR");
      assert(bench.kernel.now() - before >= 50_000_000n);
      assertEquals(bench.ask(SYNC, { flags: flags | END }, fd), "ok");
    }
    if (bench.gpu.driver === "panfrost") {
      const timeout_ns = bench.kernel.now() + 5_000_000_000n;
      bench.around.signalIn(60);
      const waited = bench.once(panfrost.ioctls.WAIT_BO, { handle, timeout_ns }).answer;
      assertEquals(waited, "EINTR");
      assertEquals(bench.ask(panfrost.ioctls.WAIT_BO, { handle }), "EBUSY");
    }
    signal();
    assertEquals(bench.ask(SYNC, { flags: READ | WRITE }, fd), "ok");
  }),
  callCase(
    "panthor: a driver that was unbound: ENODEV, and dma-bufs live on",
    panthors,
    (bench) => {
      const { kernel, gpu } = bench;
      const handle = bench.create(BYTES);
      const fd = bench.export(handle);
      const offset = bench.offsetOf(handle);
      const onNode = bench.map(bench.fd, BYTES, { offset });
      const onDmaBuf = bench.map(fd, BYTES);
      assertEquals(onNode.fill(0, BYTES, 7), BYTES);
      const device = String(kernel.readLink(`/sys/class/drm/${gpu.node}/device`)).split("/").at(-1);
      bench.around.unplug(gpu.driver, device ?? "");

      // Before anything else is looked at: the type, the number, the arguments.
      assertEquals(kernel.ioctl(bench.fd, SYNC.code, { bytes: new Uint8Array(8) }), -errno.ENODEV);
      assertEquals(kernel.ioctl(bench.fd, 0xc01064ff, 0x1000n), -errno.ENODEV);
      const asked = [
        bench.ask(VERSION),
        bench.ask(GEM_CLOSE, { handle }),
        bench.ask(PRIME_HANDLE_TO_FD, { handle, flags: 2 }),
        bench.ask(panthor.ioctls.BO_CREATE, { size: 0n }),
        bench.ask(panthor.ioctls.BO_SYNC),
        bench.ask(panthor.ioctls.BO_QUERY_INFO, { handle }),
        bench.askMap(bench.fd, BYTES, { offset }),
      ];
      assertEquals(asked, asked.map(() => "ENODEV"));
      assertEquals(kernel.open(`/dev/dri/${gpu.node}`, 2), -errno.ENOENT);
      assertEquals(bench.fdinfo(bench.fd, "drm-driver"), undefined);

      // What is mapped stays, and so does the dma-buf.
      const seen = new Uint8Array(2);
      assertEquals([onNode.read(0, seen), onDmaBuf.read(BYTES - 2, seen)], [2, 2]);
      assertEquals([...seen], [7, 7]);
      assertEquals(bench.askMap(fd, BYTES), "ok");
      assertEquals(bench.ask(SYNC, { flags: READ }, fd), "ok");
      assertEquals(bench.ask(SYNC, { flags: READ | END }, fd), "ok");
      bench.import(fd, bench.open("renderD128"));
    },
  ),
  callCase("labels are read back from debugfs, with what is shared", gpus, (bench) => {
    const { recent, gpu } = bench;
    const usage = gpu.driver === "panthor" ? ["0x0"] : [];
    const told = (...wanted: string[]): string[] | undefined => recent ? wanted : undefined;
    const handle = bench.create(BYTES);
    assertEquals(stateAndLabel(bench), told("0x0", ...usage));
    assertEquals(setLabel(bench, handle, words("vertices")), recent ? "ok" : "EINVAL");
    assertEquals(stateAndLabel(bench), told("0x0", ...usage, "vertices"));
    const fd = bench.export(handle);
    assertEquals(stateAndLabel(bench), told("0x2", ...usage, "vertices"));
    assertEquals(setLabel(bench, handle, 0n), recent ? "ok" : "EINVAL");
    assertEquals(stateAndLabel(bench), told("0x2", ...usage));
    // An import of panfrost's has a label from the start; panthor's are not in the list.
    bench.import(fd, bench.open(gpu.sibling));
    if (gpu.driver === "panfrost") {
      const told = stateAndLabel(bench, gpu.sibling);
      assertEquals(told, recent ? ["0x3", "GEM", "PRIME", "buffer"] : undefined);
    } else {
      const rows = gems(bench, gpu.sibling) ?? [];
      assertEquals(rows.filter((row) => row.includes(`${BYTES}`)), []);
    }
  }),
];

export const group: CallGroup = {
  subject: "what calls alone do not meet",
  cases,
};
