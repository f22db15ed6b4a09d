/**
 * What versions of panthor and panfrost have: cached maps, a sync call and the dma-buf hooks came
 * together, with panthor 1.7 and panfrost 1.6.
 *
 * @module
 */
import { type DriverVersion, type SyncPlan, versionAtLeast } from "../../drivers/driver.ts";
import type { Device } from "../../workspace/objects.ts";
import { notApplicable } from "../probe_bench.ts";
import type { ProbeSubject } from "../probe.ts";

/** The first versions with cached maps. */
const since: Readonly<Record<string, readonly [number, number]>> = {
  panthor: [1, 7],
  panfrost: [1, 6],
  // Ever since: command stream GPUs count from 1.0, job managers are at 11.
  kbase: [1, 0],
};

/** Whether a driver's version has cached maps; undefined for a driver that chooses no caching. */
export function hasCachedMaps(version: DriverVersion | undefined): boolean | undefined {
  const first = version === undefined ? undefined : since[version.name];
  return version === undefined || first === undefined
    ? undefined
    : versionAtLeast(version, first[0], first[1]);
}

/** {@linkcode hasCachedMaps} of a subject. */
export function cachedMapsOf({ version }: ProbeSubject): boolean | undefined {
  return hasCachedMaps(version);
}

function needed({ name, major, minor }: DriverVersion, what: string): string {
  return `${what} came with ${name} ${since[name]?.join(".")}, this is ${major}.${minor}`;
}

/** @throws {Unanswered} where buffers of this device cannot be cached */
export function needCachedMaps({ version }: Device): void {
  if (hasCachedMaps(version) === true) return;
  throw notApplicable(
    hasCachedMaps(version) === false
      ? needed(version, "cached buffers")
      : `${version.name} lets nobody choose a buffer's caching`,
  );
}

/**
 * The plan of a sync that cleans a range.
 * @throws {Unanswered} where the device has no sync call
 */
export function flushOf({ version, driver }: Device): SyncPlan {
  const { flush } = driver.syncOps;
  if (flush === undefined) {
    throw notApplicable(`${version.name} has no cache maintenance call`);
  }
  if (hasCachedMaps(version) === false) throw notApplicable(needed(version, "the sync call"));
  return flush;
}
