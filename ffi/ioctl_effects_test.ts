import { assert, assertEquals } from "@std/assert";
import { effectsOf } from "./ioctl_effects.ts";
import type { IoctlDefinition } from "./ioctl.ts";
import { type AnyValues, encode } from "./struct.ts";
import { drm } from "./uapi/drm.ts";
import { panfrost } from "./uapi/panfrost.ts";
import { virtioGpu } from "./uapi/virtio_gpu.ts";
import { tables } from "./uapi/_index.ts";

/** Effects of a call that was passed `asked` and answered `answered`. */
function effects(
  definition: IoctlDefinition,
  asked: AnyValues,
  answered: AnyValues,
  result = 0,
): unknown {
  if (definition.struct === null) throw new TypeError("no structure");
  return effectsOf(
    definition,
    encode(definition.struct, asked),
    encode(definition.struct, { ...asked, ...answered }),
    result,
  );
}

Deno.test("effectsOf() knows what the core's calls make and destroy", () => {
  const { ioctls } = drm;
  assertEquals(effects(ioctls.SYNCOBJ_CREATE, {}, { handle: 3 }), [
    { effect: "made", kind: "syncobj handle", id: 3 },
  ]);
  assertEquals(effects(ioctls.SYNCOBJ_DESTROY, { handle: 3 }, {}), [
    { effect: "gone", kind: "syncobj handle", id: 3 },
  ]);
  assertEquals(effects(ioctls.SYNCOBJ_HANDLE_TO_FD, { handle: 3 }, { fd: 9 }), [
    { effect: "descriptor", kind: "syncobj", id: 9 },
  ]);
  assertEquals(effects(ioctls.SYNCOBJ_HANDLE_TO_FD, { handle: 3, flags: 1 }, { fd: 9 }), [
    { effect: "descriptor", kind: "sync_file", id: 9 },
  ]);
  assertEquals(effects(ioctls.SYNCOBJ_FD_TO_HANDLE, { fd: 9 }, { handle: 4 }), [
    { effect: "made", kind: "syncobj handle", id: 4 },
  ]);
  assertEquals(effects(ioctls.SYNCOBJ_FD_TO_HANDLE, { fd: 9, handle: 4, flags: 1 }, {}), []);
  assertEquals(effects(ioctls.GEM_OPEN, { name: 1 }, { handle: 6 }), [
    { effect: "made", kind: "GEM handle", id: 6 },
  ]);
  assertEquals(effects(ioctls.GEM_CHANGE_HANDLE, { handle: 1, new_handle: 8 }, {}), [
    { effect: "gone", kind: "GEM handle", id: 1 },
    { effect: "made", kind: "GEM handle", id: 8 },
  ]);
});

Deno.test("effectsOf() takes a fence descriptor only where the call wrote one", () => {
  const { EXECBUFFER } = virtioGpu.ioctls;
  assertEquals(effects(EXECBUFFER, { flags: 2, fence_fd: -1 }, { fence_fd: 7 }), [
    { effect: "descriptor", kind: "sync_file", id: 7 },
  ]);
  assertEquals(effects(EXECBUFFER, { flags: 1, fence_fd: 7 }, {}), []);
});

Deno.test("effectsOf() finds none in failed calls and in calls that only look", () => {
  const { ioctls } = panfrost;
  assertEquals(effects(ioctls.CREATE_BO, { size: 1 }, { handle: 3 }, -12), []);
  assertEquals(effects(ioctls.MMAP_BO, { handle: 3 }, { offset: 4096n }), []);
  assertEquals(effects(ioctls.WAIT_BO, { handle: 3 }, {}), []);
});

Deno.test("effectsOf() knows the call that makes a buffer object of every driver", () => {
  const without = new Set([
    "vgem", // dumb buffers only
    "kbase", // no GEM: memory is a GPU address
  ]);
  for (const table of tables) {
    if (!table.header.startsWith("drm/") || without.has(table.name)) continue;
    const makers = Object.values(table.ioctls).filter(({ struct, ...rest }) =>
      struct !== null &&
      effectsOf(
        { ...rest, struct },
        { bytes: new Uint8Array(struct.size) },
        { bytes: new Uint8Array(struct.size).fill(1) },
        0,
      ).some(({ effect, kind }) => effect === "made" && kind === "GEM handle")
    );
    assert(makers.length > 0, `${table.name}: no call makes a GEM handle`);
  }
});
