/**
 * An array of ranges that no memory holds.
 *
 * @module
 */
import { call } from "../../ffi/call.ts";
import { isError } from "../../ffi/kernel.ts";
import { panfrost } from "../../ffi/uapi/panfrost.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import { callNames } from "./_calls.ts";
import { flushOf } from "./_cached_maps.ts";
import type { Observed, Probe } from "../probe.ts";
import { notApplicable } from "../probe_bench.ts";
import { errnoName } from "../../ffi/errno.ts";

const COUNT = 0xffff_ffff;

export const probe: Probe = {
  id: "sync-of-too-many",
  question: "A sync names more ranges than memory can hold.",
  hazard:
    "Linux warns in its log of an array of 2 GiB or more, and panics where panic_on_warn is set",
  kernel: (seen) => ({
    kept: seen.answer === "refused",
    wanted: "a sync of more ranges than memory can hold is refused",
  }),
  applies({ device }): void {
    flushOf(device);
    const { name } = device.driver;
    if (name !== "panfrost" && name !== "panthor") {
      throw notApplicable(`${name}'s sync takes one range a call`);
    }
  },
  run(bench): Observed {
    const { device } = bench;
    const { kernel, fd } = device;
    const op = panthor.structs.drm_panthor_bo_sync_op;
    const { result } = device.driver.name === "panfrost"
      ? call(kernel, fd, panfrost.ioctls.SYNC_BO, { ops: 1n, op_count: COUNT })
      : call(kernel, fd, panthor.ioctls.BO_SYNC, {
        ops: { stride: op.size, count: COUNT, array: 1n },
      });
    const { sync } = callNames(device);
    if (!isError(result)) return { answer: "allowed", detail: `${COUNT} ranges` };
    return { answer: "refused", errno: errnoName(-result), detail: `${sync}: ${COUNT} ranges` };
  },
};
