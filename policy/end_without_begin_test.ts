import { assertEquals } from "@std/assert";
import { rule } from "./end_without_begin.ts";
import { allocated, begins, ends, refused, told } from "./_journal.ts";

Deno.test("end-without-begin reports an end where no bracket is open", () => {
  assertEquals(told(rule, [ends("w")]), [
    'warning line 1: "end w" of db1 ends nothing: no bracket is open',
  ]);
  assertEquals(told(rule, [begins("r"), ends("r"), ends("r")]), [
    'warning line 3: "end r" of db1 ends nothing: no bracket is open',
  ]);
});

Deno.test("end-without-begin does not take another memory's begin", () => {
  assertEquals(told(rule, [begins("r", { memory: "m2" }), ends("r")]).length, 1);
});

Deno.test("end-without-begin leaves ends alone that have a begin", () => {
  assertEquals(told(rule, [begins("r"), ends("r"), begins("w"), ends("w")]), []);
  assertEquals(told(rule, [begins("r"), begins("r"), ends("r"), ends("r")]), []);
  // Other flags, another descriptor: not this rule's.
  assertEquals(told(rule, [begins("r"), ends("w")]), []);
  assertEquals(told(rule, [begins("r"), ends("r", { dmaBuf: "db2" })]), []);
});

Deno.test("end-without-begin tells of the end that udmabuf refused, before any begin", () => {
  const made = allocated({ from: "udmabuf" });
  const refusal = refused("bracket", { of: "db1" });
  assertEquals(told(rule, [made, refusal]), [
    "warning line 2: An end of db1 was refused with EINVAL: it is udmabuf's, and no bracket has " +
    "begun on it yet",
  ]);
  const cases = [
    [made, begins("w"), ends("w"), refusal],
    [made, refused("bracket", { of: "db1", errno: 4 })],
    [allocated(), refusal],
    [refusal],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});
