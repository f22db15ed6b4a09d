import { assertEquals } from "@std/assert";
import { errno } from "../ffi/errno.ts";
import {
  allocated,
  closed,
  created,
  exported,
  imported,
  mapped,
  opened,
  told,
} from "./_journal.ts";
import { rule } from "./left_open.ts";

Deno.test("left-open names every object that is left, where it was made", () => {
  const lines = [
    opened(),
    created(),
    exported(),
    imported(),
    mapped(),
    allocated({ dmaBuf: "db2" }),
  ];
  assertEquals(told(rule, lines), [
    "note line 2: Buffer bo1 (4 KiB, handle 1 of panthor) is still open at the end",
    "note line 3: dma-buf db1 (export of bo1) is still open at the end",
    "note line 4: Buffer bo2 (db1 imported into display as handle 1) is still open at the end",
    "note line 5: Mapping map1 (of db1) is still open at the end",
    "note line 6: dma-buf db2 (4 KiB, from heap) is still open at the end",
  ]);
});

Deno.test("left-open reports a name that was made again after its close", () => {
  assertEquals(told(rule, [created(), closed("buffer", "bo1"), created({ size: 64 })]), [
    "note line 3: Buffer bo1 (64 B, handle 1 of panthor) is still open at the end",
  ]);
});

Deno.test("left-open leaves alone what was closed or never was", () => {
  assertEquals(told(rule, []), []);
  assertEquals(told(rule, [opened()]), []);
  assertEquals(told(rule, [mapped({ errno: errno.EINVAL })]), []);
  const all = [created(), exported(), mapped()];
  const close = [closed("mapping", "map1"), closed("dma-buf", "db1"), closed("buffer", "bo1")];
  assertEquals(told(rule, [...all, ...close]), []);
});

Deno.test("left-open knows that a device takes its handles along, and nothing else", () => {
  assertEquals(told(rule, [opened(), created(), closed("device", "panthor")]), []);
  const lines = [opened(), created(), imported(), exported(), closed("device", "panthor")];
  assertEquals(told(rule, lines), [
    "note line 3: Buffer bo2 (db1 imported into display as handle 1) is still open at the end",
    "note line 4: dma-buf db1 (export of bo1) is still open at the end",
  ]);
});
