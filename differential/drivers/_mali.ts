/** Cache maintenance, as both Mali drivers ask for it. */
import { someHandle } from "../_values.ts";
import type { Random } from "../random.ts";
import type { HandleSlot } from "../state.ts";
import type { FieldValue } from "../step.ts";

/** Ranges of one buffer, most of them inside. */
export function syncOps(random: Random, handle: HandleSlot): FieldValue[] {
  const op = (): FieldValue => ({
    record: {
      handle: someHandle(random, handle),
      type: { json: random.weighted([[4, 0], [4, 1], [1, 2]]) },
      offset: { json: random.of([0, 3, 64, 4096, 65536, 0xffff_ffff]) },
      size: { json: random.of([0, 7, 64, 4096, 0xffff_ffff]) },
    },
  });
  return Array.from({ length: random.weighted([[6, 1], [2, 2], [1, 0]]) }, op);
}
