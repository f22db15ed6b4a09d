import { assertEquals } from "@std/assert";
import { rule } from "./cached_not_private.ts";
import { created, exported, imported, opened, told } from "./_journal.ts";

Deno.test("cached-not-private notes a cached buffer of panthor that could be exported", () => {
  assertEquals(told(rule, [opened(), created()]), [
    "note line 2: bo1 has cached (write-back) CPU maps and is not private: nothing keeps it from " +
    "being exported",
  ]);
});

Deno.test("cached-not-private leaves other buffers alone", () => {
  const cases = [
    [opened(), created({ private: true })],
    [opened(), created({ caching: "write-combined" })],
    [opened(), created({ caching: "unknown" })],
    // Cached by nature, not by choice.
    [opened({ coherency: "io-coherent" }), created()],
    [opened({ coherency: "unknown" }), created()],
    // panfrost has no notion of private.
    [opened({ driver: "panfrost" }), created()],
    // Exported: cached-export's, and private would be no remedy.
    [opened(), created(), exported()],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});

Deno.test("cached-not-private does not take an import of the same name for the buffer", () => {
  const lines = [opened(), created(), imported({ buffer: "bo1" }), exported()];
  assertEquals(told(rule, lines).length, 1);
});
