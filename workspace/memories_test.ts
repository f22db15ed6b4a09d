import { assertEquals, assertNotEquals } from "@std/assert";
import { Journal } from "./journal.ts";
import { Memories } from "./memories.ts";

const device = { name: "panthor" };

Deno.test("a handle number that is reused is other memory", () => {
  const memories = new Memories(new Journal());
  const first = memories.ofHandle(device, 1);
  assertEquals(memories.ofHandle(device, 1), first);
  memories.forgetHandle(device, 1);
  assertNotEquals(memories.ofHandle(device, 1), first);
});

Deno.test("a buffer keeps its identity when it is exported, and its import has it too", () => {
  const memories = new Memories(new Journal());
  const memory = memories.ofHandle(device, 1);
  assertEquals(memories.same(device, 1, 77n), memory);
  assertEquals(memories.ofInode(77n), memory);
  assertEquals(memories.same({ name: "vgem" }, 5, 77n), memory);
});

Deno.test("two identities that turn out to be one are one, before and afterwards", () => {
  const journal = new Journal();
  const memories = new Memories(journal);
  const stranger = memories.ofInode(77n);
  const own = memories.ofHandle(device, 1);
  const close = (memory: string): void =>
    void journal.add({ kind: "close", what: "buffer", name: "b", memory });
  close(stranger);
  assertEquals(memories.same(device, 1, 77n), own);
  close(stranger);
  assertEquals(journal.events.map((event) => "memory" in event ? event.memory : ""), [own, own]);
});
