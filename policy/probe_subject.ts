/**
 * An open device as what probes ask.
 *
 * @module
 */
import type { Device } from "../workspace/objects.ts";
import type { ProbeSubject } from "./probe.ts";
import { hasCachedMaps } from "./probes/_cached_maps.ts";

/** What is to be known of a device before it is asked. */
export function subjectOf(device: Device): ProbeSubject {
  const { path, version, driver } = device;
  const cachedMaps = hasCachedMaps(device);
  return {
    kind: "device",
    name: path,
    version,
    coherency: driver.coherency(device),
    ...(cachedMaps === undefined ? {} : { cachedMaps }),
  };
}
