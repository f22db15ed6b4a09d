// Arguments that are unions: what goes down is set, what comes back is looked at.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "../commands/_test_kit.ts";

Deno.test("a union's `in` is filled and its `out` is read, not the same bytes by other names", async () => {
  const file = await Deno.makeTempFile({ suffix: ".boctl" });
  try {
    await Deno.writeTextFile(file, "create --size 4KiB --cached --as a\nmmap a --read 0:1\n");
    const { code, out, err } = await boctl(`--device sim:amdgpu-laptop emit-c ${file}`);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, ".in = { .bo_size = 4096, .domains = AMDGPU_GEM_DOMAIN_GTT }");
    assertStringIncludes(out, "= arg.out.handle;");
    assertStringIncludes(out, "= arg.out.addr_ptr;");
    assertEquals(/arg\.in\./.test(out), false);
  } finally {
    await Deno.remove(file);
  }
});
