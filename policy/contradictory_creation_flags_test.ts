import { assertEquals } from "@std/assert";
import { rule } from "./contradictory_creation_flags.ts";
import { opened, refused, told } from "./_journal.ts";

Deno.test("contradictory-creation-flags warns of cached maps of what is not mapped", () => {
  const asked = [
    refused("create", { of: "panthor", cached: true, noMmap: true, heap: false }),
    refused("create", { of: "panthor", cached: true, noMmap: false, heap: true }),
  ];
  assertEquals(told(rule, [opened(), ...asked]), [
    "warning line 2: A creation on panthor asked for cached maps of a buffer that is not mapped, " +
    "and was refused with EINVAL",
    "warning line 3: A creation on panthor asked for cached maps of a buffer that is a heap, and " +
    "was refused with EINVAL",
  ]);
});

Deno.test("contradictory-creation-flags leaves other refusals alone", () => {
  const others = [
    refused("create", { cached: true, noMmap: false, heap: false }),
    refused("create", { cached: false, noMmap: true, heap: true }),
    refused("create", { cached: true, noMmap: true, errno: 12 }),
    refused("export", { cached: true }),
  ];
  assertEquals(told(rule, [opened(), ...others]), []);
});
