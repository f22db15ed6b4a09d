import { assertEquals } from "@std/assert";
import { cString, openLibc } from "./libc.ts";

const ignore = Deno.build.os !== "linux";

Deno.test("cString() ends in NUL and refuses a NUL inside", () => {
  assertEquals([...cString("aé") ?? []], [0x61, 0xc3, 0xa9, 0]);
  assertEquals([...cString("") ?? []], [0]);
  assertEquals(cString("a\0b"), null);
});

Deno.test({
  name: "openLibc() binds each function once, when it is first called",
  ignore,
  fn: () => {
    const original = Deno.dlopen;
    const loaded: string[] = [];
    let closed = 0;
    const watch: typeof Deno.dlopen = (path, symbols) => {
      loaded.push(...Object.values(symbols).map((symbol) => symbol.name ?? ""));
      const library = original(path, symbols);
      const close = library.close.bind(library);
      library.close = () => {
        closed++;
        close();
      };
      return library;
    };
    Deno.dlopen = watch;
    try {
      const libc = openLibc();
      assertEquals(loaded, []);
      for (let i = 0; i < 3; i++) assertEquals(libc.close(-1), -1);
      assertEquals(libc.errno[0], 9);
      assertEquals(loaded, ["__errno_location", "close"]);
      libc.unload();
      libc.unload();
      assertEquals(closed, 2);
      assertEquals(libc.close(-1), -1);
      assertEquals(loaded, ["__errno_location", "close", "__errno_location", "close"]);
      libc.unload();
    } finally {
      Deno.dlopen = original;
    }
  },
});

Deno.test({
  name: "openLibc() has every function that it declares",
  ignore,
  fn: () => {
    const libc = openLibc();
    // The getters load: a missing symbol throws here.
    const names = Object.keys(libc) as (keyof typeof libc)[];
    for (const name of names) assertEquals(typeof libc[name], "function", name);
    libc.unload();
  },
});
