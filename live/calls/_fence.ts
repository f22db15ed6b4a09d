/** Another device's fence. */
import { vgem } from "../../ffi/uapi/vgem.ts";
import type { Bench } from "./_bench.ts";

/**
 * Attaches a fence that only time or a signal of vgem ends.
 * @param flags 1: a writer's, which readers wait for too; 0: a reader's
 * @returns what signals it
 */
export function fence(bench: Bench, dmaBufFd: number, flags: 0 | 1 = 1): () => void {
  const node = bench.open("renderD128");
  const handle = bench.import(dmaBufFd, node);
  const { out_fence } = bench.must(vgem.ioctls.FENCE_ATTACH, { handle, flags }, node);
  return () => void bench.must(vgem.ioctls.FENCE_SIGNAL, { fence: out_fence }, node);
}
