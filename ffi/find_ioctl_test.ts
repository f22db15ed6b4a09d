import { assert, assertEquals, assertThrows } from "@std/assert";
import { findByCode, findIoctl } from "./find_ioctl.ts";
import { requestCode } from "./ioctl.ts";
import { tables } from "./uapi/_index.ts";
import { drm } from "./uapi/drm.ts";
import { panfrost } from "./uapi/panfrost.ts";
import { panthor } from "./uapi/panthor.ts";
import { udmabuf } from "./uapi/udmabuf.ts";
import { vgem } from "./uapi/vgem.ts";

Deno.test("findIoctl() finds every entry by its full name and by table and key", () => {
  for (const table of tables) {
    for (const [key, definition] of Object.entries(table.ioctls)) {
      assertEquals(findIoctl(definition.name).definition, definition);
      assertEquals(findIoctl(`${table.name}.${key}`).definition, definition);
    }
  }
});

Deno.test("findIoctl() takes a short name that one of the tables has, in any letter case", () => {
  assertEquals(findIoctl("BO_SYNC").definition, panthor.ioctls.BO_SYNC);
  assertEquals(findIoctl("panthor_bo_sync").definition, panthor.ioctls.BO_SYNC);
  assertEquals(findIoctl("prime-handle-to-fd", [drm]).definition, drm.ioctls.PRIME_HANDLE_TO_FD);
  assertEquals(findIoctl("dma_buf.sync").key, "SYNC");
});

Deno.test("findIoctl() refuses a short name of several tables and says how to write each", () => {
  const twin = { ...panthor, name: "tyr" };
  const error = assertThrows(() => findIoctl("BO_CREATE", [panthor, twin]), TypeError);
  assertEquals(
    error.message,
    `There are 2 calls "BO_CREATE": write panthor.BO_CREATE or tyr.BO_CREATE`,
  );
});

Deno.test("findIoctl() names the nearest calls for one that is not there", () => {
  const error = assertThrows(() => findIoctl("BO_SYNK", [drm, panthor]), TypeError);
  assert(error.message.startsWith(`There is no call "BO_SYNK" in drm, panthor: the nearest are `));
  assert(error.message.includes("panthor.BO_SYNC"), error.message);
  assertThrows(() => findIoctl("panthr.BO_SYNC"), TypeError, "panthor.BO_SYNC");
  assertThrows(() => findIoctl("DRM_IOCTL_PANTHR_BO_SYNC"), TypeError, "panthor.BO_SYNC");
  assertThrows(() => findIoctl("BO_SYNC", []), TypeError, "no tables");
});

Deno.test("findByCode() looks in the named tables only: drivers share numbers", () => {
  const code = 0xc0106441;
  assertEquals(findByCode(code, ["drm", "vgem"])?.definition, vgem.ioctls.FENCE_ATTACH);
  assertEquals(findByCode(code, ["drm", "panthor"])?.definition, panthor.ioctls.VM_CREATE);
  assertEquals(findByCode(code, ["drm", "panfrost"])?.definition, panfrost.ioctls.WAIT_BO);
  assertEquals(findByCode(code, ["drm"]), undefined);
});

Deno.test("findByCode() finds every entry by its own code", () => {
  for (const table of tables) {
    for (const { name, code } of Object.values(table.ioctls)) {
      const found = findByCode(code, [table.name]);
      // SET_NAME and SET_NAME_B are one code by two names.
      assertEquals(found?.definition.code, code, name);
      assertEquals(found?.otherSize, false);
    }
  }
});

Deno.test("findByCode() matches type and number when the size is another, and says so", () => {
  const old = requestCode("RW", "d", 0xc1, 16);
  const found = findByCode(old, ["drm"]);
  assertEquals(found?.key, "SYNCOBJ_HANDLE_TO_FD");
  assertEquals([found?.size, found?.otherSize], [16, true]);
  // The letter counts: number 0x42 is udmabuf's under "u" alone.
  assertEquals(findByCode(requestCode("W", "x", 0x42, 24), ["udmabuf"]), undefined);
  assertEquals(findByCode(udmabuf.ioctls.CREATE.code, ["udmabuf"])?.key, "CREATE");
});
