import { assertEquals } from "@std/assert";
import { formatNanoseconds } from "./nanoseconds.ts";

Deno.test("formatNanoseconds() takes the largest unit and three digits", () => {
  const told = [0, 10, 999, 1000, 1234, 2_097_160, 10_485_760, 12_345_678_901].map(
    formatNanoseconds,
  );
  assertEquals(told, [
    "0 ns",
    "10 ns",
    "999 ns",
    "1 us",
    "1.23 us",
    "2.1 ms",
    "10.5 ms",
    "12.3 s",
  ]);
});
