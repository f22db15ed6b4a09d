import { assertEquals } from "@std/assert";
import { closed, exported, imported, opened, refused, told } from "./_journal.ts";
import { rule } from "./sync_of_import.ts";

const refusal = refused("sync", { of: "bo2", device: "display", imported: true });

Deno.test("sync-of-import warns of a refused sync of an import, and names its dma-buf", () => {
  assertEquals(told(rule, [opened(), exported(), imported(), refusal]), [
    "warning line 4: A sync of bo2 by display's own call was refused with EINVAL: it is an import " +
    "of db1",
  ]);
  assertEquals(
    told(rule, [imported(), closed("buffer", "bo2"), refusal])[0]?.endsWith("it is an import"),
    true,
  );
});

Deno.test("sync-of-import leaves other refusals alone", () => {
  const others = [
    refused("sync", { imported: false }),
    refused("sync", { imported: true, errno: 4 }),
    refused("export", { imported: true }),
    refused("bracket"),
  ];
  assertEquals(told(rule, [opened(), imported(), ...others]), []);
});
