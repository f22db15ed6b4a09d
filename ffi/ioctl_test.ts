import { assertEquals } from "@std/assert";
import { ioctl, requestCode, splitRequest } from "./ioctl.ts";
import { struct, u32 } from "./struct.ts";

Deno.test("requestCode() is direction << 30 | size << 16 | type << 8 | number, unsigned", () => {
  assertEquals(requestCode("none", "d", 0x1e, 0), 0x641e);
  assertEquals(requestCode("W", "b", 0, 8), 0x40086200);
  assertEquals(requestCode("R", "d", 2, 4), 0x80046402);
  assertEquals(requestCode("RW", "d", 0x45, 24), 0xc0186445);
  assertEquals(requestCode("RW", 0x80, 5, 32), 0xc0208005);
});

Deno.test("splitRequest() takes apart what requestCode() puts together", () => {
  for (const direction of ["none", "W", "R", "RW"] as const) {
    for (const size of [0, 4, 0x3fff]) {
      assertEquals(splitRequest(requestCode(direction, "d", 0xff, size)), {
        direction,
        type: 0x64,
        number: 0xff,
        size,
      });
    }
  }
});

Deno.test("ioctl() takes the size from the structure unless one is given", () => {
  const head = { name: "X", direction: "W", type: "x", number: 1, nodes: "file" } as const;
  const type = struct("x", { a: u32(), b: u32() });
  assertEquals(ioctl({ ...head, struct: type }).code, 0x40087801);
  assertEquals(ioctl({ ...head, struct: type, size: 16 }).code, 0x40107801);
  assertEquals(ioctl({ ...head, struct: null, size: 4, plain: "u32" }).code, 0x40047801);
});
