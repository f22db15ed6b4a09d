/**
 * A node whose kernel says what a test tells it to: for drivers without a simulated side. What reached
 * it is kept as names and values, so that a test holds the encoding.
 *
 * @module
 */
import { FakeKernel } from "../ffi/_fake_kernel.ts";
import { errno } from "../ffi/errno.ts";
import type { UapiTable } from "../ffi/ioctl.ts";
import { type AnyValues, decode, store } from "../ffi/struct.ts";
import { drm } from "../ffi/uapi/drm.ts";
import type { OpenDevice } from "./driver.ts";
import { drm as family } from "./families/drm.ts";

/** What a call answers: values to be written back (0), or a negative errno. */
export type Answer = (values: AnyValues) => AnyValues | number;

/** A scripted device and the calls that reached it. */
export interface Scripted {
  readonly device: OpenDevice;
  /** Key in the table and the values that are not 0. */
  readonly sent: (readonly [string, AnyValues])[];
}

/** Without zeros, pads and pointers: what the call is about. */
function telling(values: AnyValues): AnyValues {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, AnyValues[string]][] => {
      if (value === 0 || value === 0n || Array.isArray(value)) return [];
      if (typeof value !== "object") return [[name, value]];
      if ("bytes" in value) return [];
      const inner = telling(value as AnyValues);
      return Object.keys(inner).length === 0 ? [] : [[name, inner]];
    }),
  );
}

/**
 * A node of a driver on x86-64.
 * @param answers by the key of the call in `table`, or in that of the DRM core; ENOTTY for others
 */
export function scriptedNode(
  table: UapiTable,
  answers: Readonly<Record<string, Answer>>,
  node: "primary" | "render" = "render",
): Scripted {
  const sent: [string, AnyValues][] = [];
  const known = [...Object.entries(table.ioctls), ...Object.entries(drm.ioctls)];
  const kernel = new FakeKernel((_fd, request, argument) => {
    const [key, definition] = known.find(([, one]) => one.code === request >>> 0) ?? [];
    const answer = key === undefined ? undefined : answers[key];
    const type = definition?.struct;
    if (key === undefined || !type || typeof argument === "bigint") return -errno.ENOTTY;
    const values = decode(type, argument) as AnyValues;
    sent.push([key, telling(values)]);
    const said = answer?.(values) ?? -errno.ENOTTY;
    if (typeof said === "number") return said;
    store(type, argument, said as Parameters<typeof store>[2]);
    return 0;
  });
  const version = { name: table.name, major: 1, minor: 0, patch: 0, description: "" };
  const path = `/dev/dri/${node === "render" ? "renderD128" : "card0"}`;
  const fd = kernel.newDescriptor();
  const [scratch, mappings] = [new Map(), new Map()];
  const device = { name: table.name, path, kernel, fd, family, node, version, scratch, mappings };
  return { device, sent };
}

/** Presets what the driver finds out of the device's coherency. */
export function notCoherent({ device }: Scripted): void {
  device.scratch.set("coherency", 1);
}
