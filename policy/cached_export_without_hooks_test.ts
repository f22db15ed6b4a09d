import { assertEquals } from "@std/assert";
import { rule } from "./cached_export_without_hooks.ts";
import { allocated, created, exported, imported, opened, told } from "./_journal.ts";

Deno.test("cached-export-without-hooks is an error where the device is not coherent, once", () => {
  const bare = exported({ exporter: "drm" });
  assertEquals(told(rule, [opened(), created(), bare, bare]), [
    'error line 3: Export db1 of bo1 is cached (write-back) and its exporter, "drm", has no begin ' +
    "and end hooks that touch caches: no importer can sync it",
  ]);
  const msm = [opened({ coherency: "unknown" }), created(), exported({ exporter: "msm" })];
  assertEquals(told(rule, msm)[0]?.split(" ")[0], "warning");
});

Deno.test("cached-export-without-hooks leaves other exports alone", () => {
  const bare = exported({ exporter: "drm" });
  const cases = [
    [opened(), created(), exported()],
    [opened(), created(), { ...bare, caching: "write-combined" as const }],
    [opened({ coherency: "coherent" }), created(), bare],
    // Another exporter's memory, handed on.
    [opened(), allocated(), imported({ device: "panthor" }), { ...bare, buffer: "bo2" }],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});
