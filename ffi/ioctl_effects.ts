/**
 * What a successful ioctl leaves behind or takes away: descriptors, GEM handles, GPU address spaces,
 * syncobjs. The core's calls are listed; a driver's are known by how the uapi names them (every
 * driver's call that makes a buffer object is a `*_CREATE_BO`, `*_GEM_NEW` or the like and answers in
 * a field `handle` or `bo_handle`), so that a new driver needs no entry here.
 *
 * @module
 */
import type { IoctlDefinition } from "./ioctl.ts";
import type { Block } from "./kernel.ts";
import { type AnyValues, decode } from "./struct.ts";

/** What a descriptor given by an ioctl is. */
export type DescriptorKind = "dma-buf" | "sync_file" | "syncobj";
/** What belongs to an open DRM file and goes with it. */
export type ObjectKind = "GEM handle" | "VM" | "syncobj handle";

/** One thing that a call made or destroyed; `id` is a descriptor, a handle or a VM's number. */
export type Effect =
  | { readonly effect: "descriptor"; readonly kind: DescriptorKind; readonly id: number }
  | { readonly effect: "made" | "gone"; readonly kind: ObjectKind; readonly id: number };

const MAKES_HANDLE =
  /_(BO_CREATE|CREATE_BO|CREATE_SHADER_BO|GEM_NEW|GEM_CREATE|GEM_CREATE_EXT|GEM_USERPTR|GEM_OPEN|RESOURCE_CREATE|RESOURCE_CREATE_BLOB|CREATE_DUMB|ALLOC_SURF|QXL_ALLOC|PRIME_FD_TO_HANDLE)$/;
const FREES_HANDLE = /_(GEM_CLOSE|DESTROY_DUMB)$/;

/** Flag of SYNCOBJ_HANDLE_TO_FD and of SYNCOBJ_FD_TO_HANDLE: the fd is a sync_file. */
const SYNC_FILE = 1;

function isValues(value: AnyValues[string] | undefined): value is AnyValues {
  return typeof value === "object" && !Array.isArray(value) && !("bytes" in value);
}

/** The first of `names` in a structure or in one that it embeds; 0 when there is none. */
function field(values: AnyValues, ...names: string[]): number {
  for (const name of names) {
    const value = values[name];
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
  }
  for (const value of Object.values(values)) {
    const inner = isValues(value) ? field(value, ...names) : 0;
    if (inner !== 0) return inner;
  }
  return 0;
}

function descriptorsOf(name: string, values: AnyValues, before: AnyValues): Effect[] {
  const given = (
    kind: DescriptorKind,
    id: number,
  ): Effect[] => [{ effect: "descriptor", kind, id }];
  switch (name) {
    case "DRM_IOCTL_PRIME_HANDLE_TO_FD":
    case "DMA_HEAP_IOCTL_ALLOC":
      return given("dma-buf", field(values, "fd"));
    case "DMA_BUF_IOCTL_EXPORT_SYNC_FILE":
      return given("sync_file", field(values, "fd"));
    case "DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD":
      return given(
        field(values, "flags") & SYNC_FILE ? "sync_file" : "syncobj",
        field(values, "fd"),
      );
    case "SYNC_IOC_MERGE":
      return given("sync_file", field(values, "fence"));
    default: {
      // Submissions answer with a fence in `fence_fd`, when their flags ask for one.
      const fence = values.fence_fd;
      const changed = typeof fence === "number" && fence !== before.fence_fd;
      return changed ? given("sync_file", fence) : [];
    }
  }
}

function objectsOf(name: string, values: AnyValues, before: AnyValues): Effect[] {
  const one = (effect: "made" | "gone", kind: ObjectKind, id: number): Effect[] =>
    id === 0 ? [] : [{ effect, kind, id }]; // 0 is never a valid handle or VM
  if (MAKES_HANDLE.test(name)) {
    return one("made", "GEM handle", field(values, "handle", "bo_handle"));
  }
  if (FREES_HANDLE.test(name)) return one("gone", "GEM handle", field(values, "handle"));
  if (name.endsWith("_VM_CREATE")) return one("made", "VM", field(values, "id", "vm_id"));
  if (name.endsWith("_VM_DESTROY")) return one("gone", "VM", field(values, "id", "vm_id"));
  switch (name) {
    case "DRM_IOCTL_GEM_CHANGE_HANDLE":
      return [
        ...one("gone", "GEM handle", field(before, "handle")),
        ...one("made", "GEM handle", field(before, "new_handle")),
      ];
    case "DRM_IOCTL_SYNCOBJ_CREATE":
      return one("made", "syncobj handle", field(values, "handle"));
    case "DRM_IOCTL_SYNCOBJ_DESTROY":
      return one("gone", "syncobj handle", field(values, "handle"));
    case "DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE":
      // Importing a sync_file changes a syncobj that is there already.
      if (field(values, "flags") & SYNC_FILE) return [];
      return one("made", "syncobj handle", field(values, "handle"));
    default:
      return [];
  }
}

/**
 * What a call did that returned `result`. `before` is its argument as it was passed, `after` as it
 * came back. A failed call has no effects.
 */
export function effectsOf(
  definition: IoctlDefinition,
  before: Block,
  after: Block,
  result: number,
): readonly Effect[] {
  if (result < 0) return [];
  const { name, struct } = definition;
  if (name === "UDMABUF_CREATE" || name === "UDMABUF_CREATE_LIST") {
    return [{ effect: "descriptor", kind: "dma-buf", id: result }];
  }
  if (struct === null) return [];
  const asked = decode(struct, before) as AnyValues;
  const answered = decode(struct, after) as AnyValues;
  return [...descriptorsOf(name, answered, asked), ...objectsOf(name, answered, asked)];
}
