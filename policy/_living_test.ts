import { assertEquals } from "@std/assert";
import { closed, created, exported, journalOf, mapped } from "./_journal.ts";
import { Living } from "./_living.ts";

Deno.test("memory lives until the last of its names is closed", () => {
  const living = new Living();
  const gone = journalOf([
    created({ buffer: "bo1" }),
    exported({ buffer: "bo1", dmaBuf: "db1" }),
    mapped({ of: "db1", map: "map1" }),
    closed("buffer", "bo1"),
    closed("dma-buf", "db1"),
    closed("buffer", "bo1"),
    closed("mapping", "map1"),
  ]).map((event) => living.take(event));
  assertEquals(gone, [[], [], [], [], [], [], ["m1"]]);
});

Deno.test("a device takes its buffers with it, and a name that is used again its old memory", () => {
  const living = new Living();
  const gone = journalOf([
    created({ buffer: "bo1", device: "a" }),
    created({ buffer: "bo1", device: "a", memory: "m2" }),
    closed("device", "b"),
    closed("device", "a"),
  ]).map((event) => living.take(event));
  assertEquals(gone, [[], ["m1"], [], ["m2"]]);
});
