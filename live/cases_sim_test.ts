// The same cases on the simulated boards that mirror the guests.
import { assertEquals } from "@std/assert";
import { checkCase } from "./_case.ts";
import { boards, type MachineName, machines, placesOf } from "./_machine.ts";
import { cases } from "./cases/mod.ts";

const mirrored: readonly MachineName[] = [...machines, "arm64-6.12-16k"];

for (const name of mirrored) {
  for (const wanted of cases.filter(({ on, pages }) => placesOf(on, pages).includes(name))) {
    Deno.test({
      name: `${wanted.name} (${boards[name]})`,
      ignore: wanted.liveOnly !== undefined,
      fn: () => checkCase(`--device ${boards[name]}`, wanted),
    });
  }
}

Deno.test("no two cases have the same name on one machine", () => {
  for (const name of machines) {
    const names = cases.filter(({ on }) => on.includes(name)).map((wanted) => wanted.name);
    assertEquals(names.filter((one, i) => names.indexOf(one) !== i), []);
  }
});

Deno.test("each case is for at least one machine", () => {
  assertEquals(cases.filter(({ on }) => on.length === 0), []);
});
