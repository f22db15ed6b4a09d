/**
 * What the answers of a call say of the machine and not of what the kernel does: not compared unless
 * everything is asked for.
 *
 * @module
 */
import { isRecord, type JsonValue } from "../ffi/json.ts";

/** Parts of entries that are not compared. */
export interface Fact {
  /** An ioctl's name, or a call. */
  readonly of: string;
  /** Fields of the entry as its line has them: `out.value`. */
  readonly fields: readonly string[];
  readonly reason: string;
}

/** Every fact, each with why. */
export const facts: readonly Fact[] = [
  {
    of: "DRM_IOCTL_VERSION",
    fields: ["in", "out"],
    reason: "the driver's version and description; nodes are found by the driver's name",
  },
  {
    of: "DRM_IOCTL_GET_UNIQUE",
    fields: ["in", "out"],
    reason: "where the device is on its bus",
  },
  {
    of: "DRM_IOCTL_PANTHOR_DEV_QUERY",
    fields: ["out"],
    reason: "the GPU's identity, its clocks, and how long the release's structure is",
  },
  {
    of: "DRM_IOCTL_PANFROST_GET_PARAM",
    fields: ["out"],
    reason: "the GPU's identity and clocks",
  },
  ...["KBASE_IOCTL_VERSION_CHECK_JM", "KBASE_IOCTL_VERSION_CHECK_CSF"].map((of): Fact => ({
    of,
    fields: ["out"],
    reason: "the driver's version; nodes are found by the driver's name",
  })),
  ...["KBASE_IOCTL_GET_GPUPROPS", "KBASE_IOCTL_GET_DDK_VERSION"].map((of): Fact => ({
    of,
    fields: ["in", "out", "result"],
    reason: "the GPU's properties and the driver's release, and how long their texts are",
  })),
  {
    of: "open",
    fields: ["path of DRM nodes", "node.version"],
    reason: "minor numbers are given in the order of probing; the node stands for the path",
  },
  {
    of: "device.books",
    fields: ["data"],
    reason: "the board's caches and their costs; the bytes tell what came of them",
  },
  { of: "fstat", fields: ["stat.rdev"], reason: "minor numbers are given in the order of probing" },
  { of: "stat", fields: ["stat.rdev"], reason: "minor numbers are given in the order of probing" },
  {
    of: "readText",
    fields: ["text.drm-pdev", "text.drm-client-name"],
    reason: "where the device is on its bus, and who the client says it is",
  },
];

function without(value: JsonValue, path: readonly string[]): JsonValue {
  const [head, ...rest] = path;
  if (head === undefined || !isRecord(value) || value[head] === undefined) return value;
  const { [head]: inner, ...others } = value;
  return rest.length === 0 ? others : { ...others, [head]: without(inner ?? null, rest) };
}

/** An entry's data without what says of the machine. */
export function withoutFacts(data: JsonValue): JsonValue {
  if (!isRecord(data)) return data;
  const plain = data.call === "open" && data.node !== undefined ? without(data, ["path"]) : data;
  return facts.filter(({ of }) => of === data.call || of === data.name)
    .flatMap(({ fields }) => fields)
    .reduce<JsonValue>((left, field) => without(left, field.split(".")), plain);
}
