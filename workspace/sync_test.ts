import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { KernelRefusal, UsageError } from "../errors.ts";
import { allocateUdmabuf, exportBuffer, importDmaBuf } from "./buffers.ts";
import { openDevice } from "./devices.ts";
import { Accessor, mapObject } from "./maps.ts";
import type { Buffer, DmaBuf } from "./objects.ts";
import { syncObject, type SyncOutcome, type SyncRequest } from "./sync.ts";
import type { Workspace } from "./workspace.ts";
import { newBuffer, workspaceOn } from "./_test_kit.ts";

const shared = { rdwr: true, cloexec: true };
const forDevice = { for: "device", access: "rw" } as const;
const forCpu = { for: "cpu", access: "rw" } as const;
const [first, second] = [{ offset: 0n, length: 64n }, { offset: 128n, length: 64n }];
const small = (ranges: readonly { offset: bigint; length: bigint }[]): unknown =>
  ranges.map(({ offset, length }) => ({ offset: Number(offset), length: Number(length) }));

async function sync(
  workspace: Workspace,
  object: Buffer | DmaBuf,
  given: Partial<SyncRequest>,
): Promise<SyncOutcome> {
  const patience = { timeoutNs: 1_000_000n, signal: new AbortController().signal };
  const request: SyncRequest = {
    ranges: [],
    whole: false,
    access: "rw",
    raw: false,
    oneByOne: false,
    ...given,
  };
  return await syncObject(workspace, object, request, patience);
}

async function refusal(
  workspace: Workspace,
  object: Buffer | DmaBuf,
  given: Partial<SyncRequest>,
): Promise<UsageError> {
  return await assertRejects(() => sync(workspace, object, given), UsageError);
}

Deno.test("sync without a range names --whole, on an exact interface and on a whole one", async () => {
  const { workspace } = workspaceOn("panthor");
  const cached = await newBuffer(workspace, { cached: true, as: "a" });
  const exact = await refusal(workspace, cached, { intent: forDevice });
  assertEquals(exact.message, "which bytes of a? Nothing was said");
  assertEquals(exact.hint?.includes("--whole"), true);
  const db = exportBuffer(workspace, cached, shared, "db");
  for (const ranges of [[], [first]]) {
    const whole = await refusal(workspace, db, { intent: forDevice, ranges });
    assertEquals(
      whole.message,
      "end acts on the whole of db (4096 bytes): the dma-buf interface has no range",
    );
    assertEquals(whole.hint?.includes("--whole"), true);
  }
  workspace.close();
});

Deno.test("sync beyond the buffer is refused with its size, and sent with --raw", async () => {
  const { workspace } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { cached: true, as: "a" });
  const beyond = { offset: 4095n, length: 2n };
  const error = await refusal(workspace, a, { intent: forDevice, ranges: [first, beyond] });
  assertEquals(
    error.message,
    "--range: 0xfff..0x1001 (2 B) ends beyond a, which has 4096 bytes",
  );
  assertEquals(error.hint, "--raw sends it all the same.");
  const sent = await assertRejects(
    () => sync(workspace, a, { intent: forDevice, ranges: [beyond], raw: true }),
    KernelRefusal,
    "DRM_IOCTL_PANTHOR_BO_SYNC on panthor: EINVAL: the range ends beyond the buffer's 4096 bytes",
  );
  assertEquals(sent.hint, undefined);
  workspace.close();
});

Deno.test("sync of several ranges is one call; --one-by-one finds the one that is refused", async () => {
  const { workspace } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { cached: true });
  const beyond = { offset: 4095n, length: 2n };
  const ranges = [first, beyond, second];
  const syncs = (): number => workspace.journal.events.filter(({ kind }) => kind === "sync").length;

  const done = await sync(workspace, a, { intent: forDevice, ranges: [first, second] });
  assertEquals([done.op, done.via, syncs()], ["flush", "driver", 1]);
  assertEquals(done.touched, small([first, second]));
  const one = await assertRejects(
    () => sync(workspace, a, { intent: forDevice, ranges, raw: true }),
    KernelRefusal,
  );
  assertEquals(one.hint, "Ranges before the refused one may be done; --one-by-one finds it.");
  assertEquals(syncs(), 1);
  const many = await assertRejects(
    () => sync(workspace, a, { intent: forDevice, ranges, raw: true, oneByOne: true }),
    KernelRefusal,
  );
  assertEquals(
    many.hint,
    "Range 2 of 3 was refused: 0xfff..0x1001 (2 B); the ones before it are done.",
  );
  assertEquals(syncs(), 2);
  workspace.close();
});

Deno.test("sync never acts on more than was asked, where the interface has ranges", async () => {
  const { workspace } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { cached: true });
  const map = mapObject(workspace, a, { writable: true, via: "node" });
  [...new Accessor(workspace, map).fillPieces(0, 4096, 0xaa)];
  const outcome = await sync(workspace, a, { intent: forDevice, ranges: [first], whole: true });
  assertEquals(outcome.touched, small([first]));
  assertEquals([outcome.books?.linesTouched, outcome.books?.linesCleaned], [1, 1]);
  const rest = await sync(workspace, a, { intent: forDevice, whole: true });
  assertEquals([rest.books?.linesTouched, rest.books?.linesCleaned], [64, 63]);
  map.mapping.unmap();
  workspace.close();
});

Deno.test("sync of a dma-buf is begin and end, and tells asked and touched", async () => {
  const { workspace } = workspaceOn("panthor");
  const db = allocateUdmabuf(workspace, 8192n, { cloexec: true });
  const begin = await sync(workspace, db, { intent: forCpu, ranges: [first], whole: true });
  assertEquals([begin.op, begin.effect, begin.via], ["begin", "invalidate", "dma-buf"]);
  assertEquals([begin.asked, begin.touched], [small([first]), [{ offset: 0, length: 8192 }]]);
  const end = await sync(workspace, db, { op: "end", access: "w", whole: true });
  assertEquals([end.op, end.asked], ["end", [{ offset: 0, length: 8192 }]]);
  workspace.close();
});

Deno.test("sync of an import goes through its dma-buf, its driver's call is --op", async () => {
  const { workspace } = workspaceOn("panthor");
  const udmabuf = allocateUdmabuf(workspace, 4096n, { cloexec: true });
  const b = importDmaBuf(workspace, udmabuf, await openDevice(workspace, "panthor"), "b");
  await refusal(workspace, b, { intent: forCpu, ranges: [first] });
  const begin = await sync(workspace, b, { intent: forCpu, whole: true });
  assertEquals([begin.op, begin.via, begin.effect], ["begin", "dma-buf", "invalidate"]);
  await sync(workspace, b, { intent: forDevice, whole: true });
  await assertRejects(
    () => sync(workspace, b, { op: "flush", ranges: [first] }),
    KernelRefusal,
    "EINVAL: BO_SYNC refuses imports: sync the dma-buf instead",
  );
  workspace.close();
});

Deno.test("sync of a dma-buf whose exporter has no hooks says that no cache line is touched", async () => {
  const { workspace } = workspaceOn("imx8");
  const a = await newBuffer(workspace, { on: "etnaviv", cached: true });
  const db = exportBuffer(workspace, a, shared, "db");
  // A line is right or wrong whoever exported, so that a script goes from board to board.
  await refusal(workspace, db, { op: "begin" });
  const begin = await sync(workspace, db, { op: "begin", whole: true });
  assertEquals([begin.op, begin.effect, begin.touched], ["begin", "wait", []]);
  assertStringIncludes(begin.why ?? "", '"drm", has no hook for that');
  const end = await sync(workspace, db, { intent: forDevice, whole: true });
  assertEquals([end.op, end.effect, end.touched, end.books?.linesTouched], ["end", "none", [], 0]);
  workspace.close();
});

Deno.test("sync by a call that only waits asks for no range", async () => {
  const { workspace } = workspaceOn("sm8250");
  const a = await newBuffer(workspace, { on: "msm", cached: true });
  const prep = await sync(workspace, a, { op: "prep" });
  assertEquals([prep.op, prep.effect, prep.asked, prep.touched], ["prep", "wait", [], []]);
  workspace.close();
});

Deno.test("sync with nothing to do succeeds, says why, and touches nothing", async () => {
  const { workspace } = workspaceOn("panthor");
  const cases = [
    [await newBuffer(workspace, { on: "vgem" }), "dumb buffers have no cache maintenance call"],
    [await newBuffer(workspace, { on: "panthor" }), "the buffer is write-combined"],
  ] as const;
  for (const [buffer, why] of cases) {
    for (const ranges of [[], [first]]) {
      const outcome = await sync(workspace, buffer, { intent: forDevice, ranges });
      assertEquals(outcome, {
        op: "none",
        effect: "none",
        via: "nothing",
        asked: ranges.map(() => ({ offset: 0, length: 64 })),
        touched: [],
        why,
      });
    }
    // Known to be wrong all the same.
    await refusal(workspace, buffer, {
      intent: forDevice,
      ranges: [{ offset: 0n, length: 4097n }],
    });
  }
  assertEquals(workspace.journal.events.filter(({ kind }) => kind === "sync"), []);
  workspace.close();
  const coherent = workspaceOn("panthor-coherent").workspace;
  const buffer = await newBuffer(coherent, { cached: true });
  const { why } = await sync(coherent, buffer, { intent: forDevice, ranges: [first] });
  assertEquals(why, "the device is coherent with the CPU's caches");
  coherent.close();
});

Deno.test("sync names the nearest operation for one that there is not", async () => {
  const { workspace } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { cached: true, as: "a" });
  const db = exportBuffer(workspace, a, shared, "db");
  const dumb = await newBuffer(workspace, { on: "vgem" });
  const cases = [
    [a, "flsh", 'Did you mean "flush"? It has: flush, flush-invalidate.'],
    [a, "constructor", "It has: flush, flush-invalidate."],
    [db, "flush", "It has: begin, end."],
    [dumb, "flush", "This driver has no cache maintenance call."],
  ] as const;
  for (const [object, op, hint] of cases) {
    const error = await refusal(workspace, object, { op, ranges: [first] });
    assertEquals(error.hint?.includes(hint), true, error.hint);
    assertEquals(error.word, op);
  }
  workspace.close();
});
