// What makes more calls than can be failed one by one: a sample of them.
import { assert, assertEquals } from "@std/assert";
import { deviceGone } from "./_fault_gone.ts";
import { tryLine } from "./_fault_trial.ts";
import { exitCodes } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { faultyKernel } from "../ffi/faulty_kernel.ts";

/** Calls between two that are failed. */
const STEP = 37;

async function sampled(words: readonly string[], codes: readonly number[]): Promise<void> {
  const count = await tryLine(words, undefined, (kernel) => deviceGone(kernel, Infinity));
  assertEquals([count.code, count.leaks], [0, []], count.err);
  assert(count.calls > 100, `${count.calls} calls`);
  for (let at = 1; at <= count.calls; at += STEP) {
    for (const code of [errno.ENOMEM, errno.EINVAL]) {
      const { code: exit, leaks, thrown, err } = await tryLine(
        words,
        undefined,
        (kernel) => faultyKernel(kernel, { call: at, errno: code }),
      );
      const text = `call ${at} fails with ${code}: ${err} ${thrown}`;
      assertEquals(leaks, [], text);
      assert(exit !== undefined && codes.includes(exit), `${text} (exit ${exit})`);
    }
    const gone = await tryLine(words, undefined, (kernel) => deviceGone(kernel, at));
    assertEquals(gone.leaks, [], `gone at ${at}: ${gone.err}`);
    assert(gone.code !== undefined && gone.code !== exitCodes.internal, `gone at ${at}`);
  }
}

Deno.test("attest leaves nothing behind, whatever call of it fails, nor does replay", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/t.jsonl`;
    const board = ["--device", "sim:panthor"];
    const { done, checkFailed, kernelRefused, noDevice, notSupported } = exitCodes;
    await sampled([...board, "attest", "--out", `${folder}/again.jsonl`], [
      done,
      checkFailed,
      kernelRefused,
      noDevice,
      notSupported,
    ]);
    await tryLine([...board, "attest", "--out", file], undefined, (k) => deviceGone(k, Infinity));
    await sampled([...board, "replay", file], [
      done,
      checkFailed,
      kernelRefused,
      noDevice,
      notSupported,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
