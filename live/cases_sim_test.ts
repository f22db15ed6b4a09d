// The same cases on the simulated boards that mirror the guests.
import { assertEquals } from "@std/assert";
import { checkCase } from "./_case.ts";
import { boards, machines } from "./_machine.ts";
import { cases } from "./cases/mod.ts";

for (const name of machines) {
  for (const wanted of cases.filter(({ on }) => on.includes(name))) {
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
