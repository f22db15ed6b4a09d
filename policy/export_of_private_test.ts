import { assertEquals } from "@std/assert";
import { closed, created, exported, imported, opened, refused, told } from "./_journal.ts";
import { rule } from "./export_of_private.ts";

Deno.test("export-of-private warns of an export that the kernel refused for it", () => {
  const lines = [opened(), created({ private: true }), refused("export", { private: true })];
  assertEquals(told(rule, lines), [
    "warning line 3: The export of bo1, which is private, was refused with EINVAL",
  ]);
});

Deno.test("export-of-private is an error where the kernel let it through", () => {
  assertEquals(told(rule, [opened(), created({ private: true }), exported()]), [
    "error line 3: Export db1 lets bo1 leave the process although it is private",
  ]);
});

Deno.test("export-of-private leaves others alone, also those that have its name later", () => {
  const cases = [
    [opened(), created(), exported()],
    [opened(), created(), refused("export", { private: false, errno: 24 })],
    [opened(), created({ private: true }), refused("export", { private: true, errno: 24 })],
    [opened(), created({ private: true }), refused("import", { private: true })],
    [opened(), created({ private: true }), closed("buffer", "bo1"), created(), exported()],
    [
      opened(),
      created({ private: true, buffer: "bo2" }),
      imported({ memory: "m2" }),
      exported({ buffer: "bo2" }),
    ],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});
