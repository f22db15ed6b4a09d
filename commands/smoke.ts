/** @module */
import { BoctlError, exitCodes, KernelRefusal } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import {
  type CheckOutcome,
  type CheckReport,
  checksAsJunit,
  checksAsTap,
  checksAsText,
  countOf,
} from "../output/check_report.ts";
import { deviceFor } from "../workspace/devices.ts";
import { defineCommand, type Result } from "./command.ts";
import { isUnsupported, type SmokeCheck, smokeChecks, type SmokeState } from "./_smoke_checks.ts";
import { patienceNs } from "./_patience.ts";
import { whoAnswered } from "./_who_answered.ts";

/** A call that is not for render nodes: drm_ioctl_permit() of drm_ioctl.c. */
function isForCards(error: BoctlError, { device }: SmokeState): boolean {
  return error instanceof KernelRefusal && error.errno === errno.EACCES &&
    device.node === "render";
}

async function outcomeOf(check: SmokeCheck, state: SmokeState): Promise<CheckOutcome> {
  try {
    return { name: check.name, status: "ok", detail: await check.run(state) };
  } catch (error) {
    if (!(error instanceof BoctlError)) throw error;
    const notHere = isUnsupported(error) || isForCards(error, state);
    const status = notHere ? "unsupported" : "fail";
    return { name: check.name, status, detail: error.message };
  }
}

export const command = defineCommand({
  name: "smoke",
  summary: "create, map, sync, export, import, close on a device: the CI one-liner",
  group: "devices",
  arguments: [],
  options: {
    on: { type: "text", value: "DEVICE", help: "the device, where it is not the workspace's own" },
    size: { type: "size", value: "SIZE", help: "bytes of the buffers (default 4KiB)" },
    tap: { type: "flag", help: "print TAP version 14" },
    junit: { type: "text", value: "FILE", help: "write JUnit XML to a file, too" },
  },
  details: `Each check is OK, not supported, or FAIL. Exit 0 without a FAIL, 1 with one, 77
where the device could do nothing at all. The report names backend and driver:
a job that must run on hardware says --backend live.`,
  examples: [
    { line: "--device sim:panthor smoke", shows: "all checks on the simulated board" },
    {
      line: "--device sim:qemu smoke --tap",
      shows: "the same as TAP, on the mirror of a test machine",
    },
  ],
  ownProcess: () => true,
  async run(context, { options }): Promise<Result> {
    const { workspace } = context;
    const device = await deviceFor(workspace, options.on);
    const state: SmokeState = {
      workspace,
      device,
      size: options.size ?? 4096n,
      patience: { timeoutNs: patienceNs(undefined), signal: context.signal },
    };
    const outcomes: CheckOutcome[] = [];
    for (const check of smokeChecks) outcomes.push(await outcomeOf(check, state));
    for (const left of [state.imported, state.dmaBuf, state.buffer]) {
      if (left !== undefined && workspace.find(left.name) === left) workspace.release(left);
    }
    const report: CheckReport = {
      subject: `${whoAnswered(workspace)}, ${device.path}`,
      outcomes,
    };
    if (options.junit !== undefined) await context.writeFile(options.junit, checksAsJunit(report));
    const failed = countOf(report, "fail");
    const exitCode = failed > 0
      ? exitCodes.checkFailed
      : countOf(report, "ok") === 0
      ? exitCodes.notSupported
      : exitCodes.done;
    return {
      data: {
        subject: report.subject,
        device: device.name,
        path: device.path,
        driver: device.version.name,
        checks: outcomes,
        ok: countOf(report, "ok"),
        unsupported: countOf(report, "unsupported"),
        failed,
      },
      text: options.tap ? checksAsTap(report) : checksAsText(report),
      exitCode,
    };
  },
});
