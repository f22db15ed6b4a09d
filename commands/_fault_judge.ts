/**
 * What is right after one kernel call has failed: exit code, message, nothing half-made, nothing
 * left.
 *
 * @module
 */
import { families } from "../drivers/families/_index.ts";
import type { ErrnoName } from "../ffi/errno.ts";
import { findByCode } from "../ffi/find_ioctl.ts";
import { tables } from "../ffi/uapi/_index.ts";
import type { FaultCase } from "./_fault_list.ts";

/** The calls that only find out what a node is. */
const asking = new Set(families.flatMap((family) => family.asking.map(({ name }) => name)));

/** What became of a command line. */
export interface Trial {
  /** Undefined where an exception escaped. */
  readonly code: number | undefined;
  readonly thrown?: unknown;
  readonly out: string;
  readonly err: string;
  /** Kernel calls that were made. */
  readonly calls: number;
  /** The call that failed, as `ioctl(3, 0xc0406400)`; undefined where none did. */
  readonly failed: string | undefined;
  /** Where what is open differs from what is held by name, before the workspace closed. */
  readonly differences: readonly string[];
  /** What is open after it closed. */
  readonly leaks: readonly string[];
}

/** Calls by what a message may call them; opens are named by their path. */
const names: Readonly<Record<string, readonly string[]>> = {
  mmap: ["mmap"],
  dup: ["F_DUPFD_CLOEXEC"],
  fcntl: ["fcntl"],
  fstat: ["fstat"],
  fstatfs: ["fstatfs"],
  lseek: ["lseek"],
  ftruncate: ["ftruncate"],
  memfdCreate: ["memfd_create"],
  poll: ["poll"],
};

/** Reads of sysfs and directories: without them less is known, which is no failure. */
const informative = /^(readText|readDirectory|readLink|stat)\(/;
/** What a device is found by: without it, it is not found. */
const identifying = /^(readText|readLink)\(\/sys\//;

/** The calls of a request code: driver numbers are shared. */
function ioctlNames(code: number): readonly string[] {
  return tables.flatMap(({ name }) => {
    const found = findByCode(code, [name]);
    return found === undefined || found.otherSize ? [] : [found.definition.name];
  });
}

/** Output without what differs from run to run: times, and inodes on a live kernel. */
function lasting(out: string): string {
  return out.replace(/\b\d+\.\d+ ms\b/g, "N ms").replace(/\binode \d+/g, "inode N");
}

/** What a message may call the failed call. */
function spellings(failed: string): readonly string[] {
  const [, call = "", args = ""] = /^(\w+)\((.*)\)$/s.exec(failed) ?? [];
  if (call === "ioctl") return ioctlNames(Number(args.split(", ")[1]));
  return call === "open" || informative.test(failed) ? [args] : names[call] ?? [call];
}

/**
 * What is wrong with a trial, one line each; empty where all is as it should be.
 * @param undisturbed the same line without a fault
 */
export function judgeTrial(
  { checks }: FaultCase,
  undisturbed: Trial,
  trial: Trial,
  name: ErrnoName,
): readonly string[] {
  const wrong: string[] = [];
  if (trial.code === undefined) {
    const { thrown } = trial;
    wrong.push(
      `an exception escaped: ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
    );
  } else wrong.push(...judgeCode(checks === true, undisturbed, trial, trial.code, name));
  return [
    ...wrong,
    ...trial.differences,
    ...trial.leaks.map((line) => `left open at the end: ${line}`),
  ];
}

function judgeCode(
  checks: boolean,
  undisturbed: Trial,
  trial: Trial,
  code: number,
  name: ErrnoName,
): readonly string[] {
  const same = code === undisturbed.code && lasting(trial.out) === lasting(undisturbed.out);
  const { failed } = trial;
  const text = `${trial.out}\n${trial.err}`;
  const shown = `exit ${code}, "${trial.err}"`;
  // The fault fell on a release, which is handed on.
  if (failed === undefined) return same ? [] : [`no call failed, yet: ${shown}\n${trial.out}`];
  const isIoctl = failed.startsWith("ioctl(");
  const retried = name === "EINTR" || (name === "EAGAIN" && isIoctl);
  if (retried) return same ? [] : [`${name} is to be retried: ${shown}\n${trial.out}`];
  const named = text.includes(name) && spellings(failed).some((call) => text.includes(call));
  if (code === undisturbed.code) {
    // Done all the same: the answer is the same one, or tells what could not be found out.
    return same || named || informative.test(failed) ? [] : [`the answer changed:\n${trial.out}`];
  }
  if (identifying.test(failed) && code === 4) return [];
  if (!named) return [`the message does not name ${name} and ${spellings(failed)}: ${shown}`];
  const asks = isIoctl && spellings(failed).some((call) => asking.has(call));
  // A device that does not open, or does not say what it is, is exit 4; asked by its own name, 3.
  if (asks && code === 4) return [];
  const version = spellings(failed).includes("DRM_IOCTL_VERSION");
  const noDevice = version || failed.startsWith("open(") || informative.test(failed);
  const wanted = noDevice ? 4 : 3;
  return code === wanted || (checks && code === 1) ? [] : [`wanted exit ${wanted}: ${shown}`];
}
