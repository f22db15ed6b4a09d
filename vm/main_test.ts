import { assertEquals } from "@std/assert";
import { GuestError, SetupError, UsageError } from "./errors.ts";
import { statusOf } from "./main.ts";

Deno.test("statusOf() tells wrong usage, a missing setup and a failed guest apart", () => {
  assertEquals(statusOf(new UsageError("")), 2);
  assertEquals(statusOf(new SetupError("")), 4);
  assertEquals(statusOf(new Deno.errors.PermissionDenied("")), 4);
  assertEquals(statusOf(new GuestError("", "timeout", "", "")), 124);
  assertEquals(statusOf(new GuestError("", "kernel", "", "")), 125);
  assertEquals(statusOf(new GuestError("", "interrupted", "", "")), 130);
});

Deno.test("statusOf() leaves faults of the program to show their stack", () => {
  assertEquals(statusOf(new TypeError("")), undefined);
});
