import { assertEquals } from "@std/assert";
import { parseDepends } from "./modules.ts";

Deno.test("parseDepends() keeps the order of modules and leaves out what is built in", () => {
  const text = "builtin drm_kms\ninsmod /k/drm.ko.xz \ninsmod /k/vgem.ko.xz option=1\n";
  assertEquals(parseDepends(text), ["/k/drm.ko.xz", "/k/vgem.ko.xz"]);
});
