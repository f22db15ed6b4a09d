import { assertEquals } from "@std/assert";
import { drivers } from "./_index.ts";

Deno.test("the index lists every driver of this folder under its own name", async () => {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(new URL("./", import.meta.url))) {
    if (/^[^_].*\.ts$/.test(name) && !name.endsWith("_test.ts") && name !== "driver.ts") {
      files.push(name.slice(0, -".ts".length));
    }
  }
  const names = Object.keys(drivers);
  assertEquals(names.map((name) => name.replaceAll("-", "_")).sort(), files.sort());
  assertEquals(Object.values(drivers).map(({ name }) => name), names);
});
