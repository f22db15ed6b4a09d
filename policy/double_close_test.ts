import { assertEquals } from "@std/assert";
import { rule } from "./double_close.ts";
import {
  closed,
  created,
  found,
  gemClosed,
  imported,
  journalOf,
  opened,
  told,
} from "./_journal.ts";

const twice = [
  opened(),
  imported({ buffer: "first", device: "panthor" }),
  imported({ buffer: "second", device: "panthor", sameHandleAs: "first" }),
];

Deno.test("double-close is an error where a raw close takes a handle from two users", () => {
  const lines = [...twice, gemClosed(1)];
  assertEquals(told(rule, lines), [
    "error line 4: GEM_CLOSE of handle 1 of panthor took it from first, second, which have it still",
  ]);
  assertEquals(found(rule, journalOf(lines)).map(({ events }) => events), [[1, 2, 3]]);
});

Deno.test("double-close tells of the second close of a handle", () => {
  const second = gemClosed(1, { result: -22 });
  assertEquals(
    told(rule, [...twice, gemClosed(1), second])[1],
    "error line 5: GEM_CLOSE of handle 1 of panthor, which was closed already (line 4): EINVAL " +
      "this time",
  );
  // Never held, never closed.
  assertEquals(told(rule, [...twice, gemClosed(7, { result: -22 })]), []);
});

Deno.test("double-close warns where the only user's handle is closed behind its name", () => {
  assertEquals(told(rule, [opened(), created(), gemClosed(1)]), [
    "warning line 3: GEM_CLOSE of handle 1 of panthor took it from bo1, which has it still",
  ]);
  assertEquals(told(rule, [...twice, closed("buffer", "second"), gemClosed(1)]).length, 1);
});

Deno.test("double-close leaves handles without names, other calls and other devices alone", () => {
  const cases = [
    [...twice, closed("buffer", "first"), closed("buffer", "second"), gemClosed(1)],
    [opened(), created(), gemClosed(2)],
    [opened(), created(), gemClosed(1, { device: "other" })],
    [opened(), created(), gemClosed(1, { name: "DRM_IOCTL_PANTHOR_BO_QUERY_INFO" })],
    [opened(), created(), closed("device", "panthor"), gemClosed(1)],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});

Deno.test("double-close knows a number that was given away again", () => {
  const again = [opened(), created(), gemClosed(1), created({ buffer: "bo2", memory: "m2" })];
  assertEquals(told(rule, [...again, gemClosed(1)]).map((text) => text.split(" from ")[1]), [
    "bo1, which has it still",
    "bo2, which has it still",
  ]);
});
