import { assertEquals } from "@std/assert";
import { range } from "./_journal.ts";
import { listText, place, rangesText } from "./_text.ts";

Deno.test("place() names the line, the other file, or the command", () => {
  const here = { file: "a.boctl", line: 9, command: "x" };
  assertEquals(place({ file: "a.boctl", line: 3, command: "x" }, here), "line 3");
  assertEquals(place({ file: "b.boctl", line: 3, command: "x" }, here), "b.boctl:3");
  assertEquals(place({ line: 3, command: "x" }, here), "line 3");
  assertEquals(place({ command: "export a" }, { command: "" }), '"export a"');
  assertEquals(place({ command: "" }, here), "an earlier command");
});

Deno.test("place() shortens a command that carries its bytes", () => {
  const text = place({ command: `mmap a --write 0=${"00".repeat(4096)}` }, { command: "" });
  assertEquals(text.length, 63);
  assertEquals(text.endsWith('0…"'), true);
  const whole = "x".repeat(60);
  assertEquals(place({ command: whole }, { command: "" }), `"${whole}"`);
});

Deno.test("rangesText() and listText() count what they do not spell out", () => {
  assertEquals(listText(["a", "b", "c"]), "a, b, c");
  assertEquals(listText(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
  assertEquals(rangesText([range(0, 64)]), "0x0..0x40 (64 B)");
});
