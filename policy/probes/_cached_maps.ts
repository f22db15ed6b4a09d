/**
 * Which devices have buffers whose CPU maps can be cached on asking, and a sync call for ranges.
 *
 * @module
 */
import {
  type Driver,
  type DriverVersion,
  type SyncPlan,
  versionAtLeast,
} from "../../drivers/driver.ts";
import type { Device } from "../../workspace/objects.ts";
import { notApplicable } from "../probe_bench.ts";

type Asked = { readonly driver: Driver; readonly version: DriverVersion };

/** Whether cached maps can be asked for; undefined where user space never has a say. */
export function hasCachedMaps({ driver, version }: Asked): boolean | undefined {
  return driver.cachedSince === undefined
    ? undefined
    : versionAtLeast(version, driver.cachedSince[0], driver.cachedSince[1]);
}

function needed({ driver, version }: Asked, what: string): string {
  return `${what} came with ${driver.name} ${driver.cachedSince?.join(".")}, this is ` +
    `${version.major}.${version.minor}`;
}

/** @throws {Unanswered} where buffers of this device cannot be cached on asking */
export function needCachedMaps(device: Device): void {
  const has = hasCachedMaps(device);
  if (has === true) return;
  throw notApplicable(
    has === false
      ? needed(device, "cached buffers")
      : `${device.version.name} lets nobody choose a buffer's caching`,
  );
}

/** The plan of a sync that cleans a range; undefined where the driver has no such call. */
export function flushIn({ driver }: Device): SyncPlan | undefined {
  return driver.syncOps.flush;
}

/**
 * The plan of a sync that cleans a range.
 * @throws {Unanswered} where the device has no such call
 */
export function flushOf(device: Device): SyncPlan {
  const flush = flushIn(device);
  const { driver, version } = device;
  if (flush === undefined) {
    throw notApplicable(
      Object.keys(driver.syncOps).length === 0
        ? `${version.name} has no cache maintenance call`
        : `${version.name} has no call that cleans a range: it has ${
          Object.keys(driver.syncOps).join(", ")
        }`,
    );
  }
  // The call came with cached maps.
  if (hasCachedMaps(device) === false) throw notApplicable(needed(device, "the sync call"));
  return flush;
}
