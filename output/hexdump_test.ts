import { assertEquals } from "@std/assert";
import { hexdump } from "./hexdump.ts";
import { randomNumbers } from "../syntax/_random_text.ts";

function zeros(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length);
}

Deno.test("hexdump() prints lines as hexdump -C does", () => {
  assertEquals(
    hexdump(new TextEncoder().encode("Hello,\nworld\x7f\x00\xe9 and more")),
    [
      "00000000  48 65 6c 6c 6f 2c 0a 77  6f 72 6c 64 7f 00 c3 a9  |Hello,.world....|",
      "00000010  20 61 6e 64 20 6d 6f 72  65                       | and more|",
      "00000019",
    ].join("\n"),
  );
});

Deno.test("hexdump() prints nothing for nothing", () => {
  assertEquals(hexdump(zeros(0)), "");
});

Deno.test("hexdump() shows a run of equal lines as *, at the end, too", () => {
  const line = "00000000  " + "00 ".repeat(7) + "00  " + "00 ".repeat(7) + "00  |................|";
  assertEquals(hexdump(zeros(16)), `${line}\n00000010`);
  assertEquals(hexdump(zeros(32)), `${line}\n*\n00000020`);
  assertEquals(hexdump(zeros(64)), `${line}\n*\n00000040`);
});

Deno.test("hexdump() prints the last, shorter line although it goes on like the one before", () => {
  const lines = hexdump(zeros(40)).split("\n");
  assertEquals(lines.length, 4);
  assertEquals(lines.slice(1), [
    "*",
    "00000020  00 00 00 00 00 00 00 00                           |........|",
    "00000028",
  ]);
});

Deno.test("hexdump() counts from a base and widens the column beyond 32 bits", () => {
  assertEquals(hexdump(zeros(1), 0x1000).split("\n").map((line) => line.slice(0, 8)), [
    "00001000",
    "00001001",
  ]);
  assertEquals(hexdump(zeros(1), 0x1_0000_0000).split("\n").at(-1), "100000001");
});

function installed(): boolean {
  try {
    return new Deno.Command("hexdump", { args: ["-C", "/dev/null"] }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "hexdump() equals the program of that name on bytes of many shapes",
  ignore: !installed(),
  fn(): void {
    const below = randomNumbers(8);
    const path = Deno.makeTempFileSync();
    try {
      for (let i = 0; i < 60; i++) {
        // Few values, in runs, so that lines repeat.
        const bytes = new Uint8Array(below(120));
        for (let at = 0; at < bytes.length; at += 16) {
          bytes.fill(below(3) === 0 ? below(256) : 0x41, at, at + 16);
        }
        Deno.writeFileSync(path, bytes);
        const { stdout } = new Deno.Command("hexdump", { args: ["-C", path] }).outputSync();
        assertEquals(hexdump(bytes), new TextDecoder().decode(stdout).trimEnd());
      }
    } finally {
      Deno.removeSync(path);
    }
  },
});
