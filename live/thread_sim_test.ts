// "If they ask to flush 64B and end up flushing 64M, that's pretty bad" (Faith Ekstrand, dri-devel,
// 17 October 2025): the thread's case, replayed on a board as kernels are and on one as was feared.
import { assert, assertEquals } from "@std/assert";
import { boctl, jsonOf } from "./_boctl.ts";

/** Lines of 64 bytes in the buffer. */
const LINES = (64 << 20) / 64;

/** Three clients' sub-allocations of one line each are written, the one in the middle flushes. */
const replay = "create --size 64MiB --cached --as a , mmap a --fill aa@0:192 , " +
  "sync a --range 64:64 , device read a 0:192 , info a";

interface Replayed {
  /** Bytes of each side's sub-allocation that the device does not see. */
  readonly stale: readonly { readonly offset: number; readonly length: number }[];
  readonly books: Readonly<Record<string, number>>;
}

async function replayed(board: string): Promise<Replayed> {
  const answer = await boctl(`--json --device ${board} ${replay}`);
  assertEquals(answer.code, 0, answer.err);
  const results = new Map(jsonOf(answer).map(({ command, result }) => [command, result]));
  const read = results.get("device") as Pick<Replayed, "stale"> | undefined;
  const info = results.get("info") as Pick<Replayed, "books"> | undefined;
  assert(read !== undefined && info !== undefined);
  return { stale: read.stale, books: info.books };
}

Deno.test("64 B of 64 MiB: panthor touches one line, and the neighbours' stay as they were", async () => {
  const { stale, books } = await replayed("sim:panthor");
  assertEquals([books["bytesAsked"], books["linesTouched"], books["linesCleaned"]], [64, 1, 1]);
  assertEquals([books["linesInVain"], books["bytesCarriedAlong"]], [0, 0]);
  assertEquals(stale, [{ offset: 0, length: 64 }, { offset: 128, length: 64 }]);
});

Deno.test("64 B of 64 MiB: where the range is a hint, a million lines for the same 64 bytes", async () => {
  const { stale, books } = await replayed("sim:range-is-a-hint");
  assertEquals([books["bytesAsked"], books["linesTouched"], books["linesCleaned"]], [64, LINES, 3]);
  assertEquals(books["linesInVain"], LINES - 3);
  assertEquals(stale, []);
});

Deno.test("64 B of 64 MiB: the time is that of the lines", async () => {
  const [exact, hint] = [await replayed("sim:panthor"), await replayed("sim:range-is-a-hint")];
  assertEquals(hint.books["nanoseconds"], (exact.books["nanoseconds"] ?? NaN) * LINES);
});
