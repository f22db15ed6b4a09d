import { assertEquals } from "@std/assert";
import type { Caching, Coherency } from "../drivers/driver.ts";
import { bracketSeverity, effectOf } from "./_effect.ts";
import type { Severity } from "./rule.ts";

Deno.test("effectOf() is an error only for cached memory of a non-coherent device", () => {
  const cases: [Caching, Coherency, Severity][] = [
    ["write-back", "non-coherent", "error"],
    ["write-back", "unknown", "warning"],
    ["write-back", "io-coherent", "note"],
    ["write-back", "coherent", "note"],
    ["write-combined", "non-coherent", "note"],
    ["write-combined", "unknown", "note"],
    ["uncached", "non-coherent", "note"],
    ["unknown", "non-coherent", "warning"],
    ["unknown", "coherent", "note"],
    ["unknown", "unknown", "warning"],
  ];
  for (const [caching, coherency, severity] of cases) {
    assertEquals(effectOf({ caching, coherency }).severity, severity, `${caching} ${coherency}`);
  }
});

Deno.test("bracketSeverity() is an error only where bytes depend on what is missing", () => {
  assertEquals(bracketSeverity(undefined, undefined), "warning");
  assertEquals(bracketSeverity("error", undefined), "warning");
  assertEquals(bracketSeverity("error", "error"), "error");
  assertEquals(bracketSeverity("note", "note"), "note");
  assertEquals(bracketSeverity("note", undefined), "note");
});

Deno.test("effectOf() says what is unknown", () => {
  const because = (caching: Caching, coherency: Coherency): string =>
    effectOf({ caching, coherency }).because;
  assertEquals(because("unknown", "non-coherent"), "its caching is unknown");
  assertEquals(because("unknown", "unknown"), "its caching is unknown");
  assertEquals(because("write-back", "unknown"), "the device's coherency is unknown");
});
