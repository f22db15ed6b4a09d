import { assertEquals } from "@std/assert";
import { Journal } from "./journal.ts";

Deno.test("Journal.ofKinds() gives the entries of some kinds in order, as they are by now", () => {
  const journal = new Journal();
  const close = (name: string): void => {
    journal.add({ kind: "close", what: "buffer", name, memory: "old" });
  };
  close("a");
  journal.add({ kind: "ioctl", device: "d", name: "VERSION", result: 0 });
  close("b");
  journal.rename("old", "new");
  assertEquals([...journal.ofKinds("ioctl", "close")], [...journal.events]);
  assertEquals([...journal.ofKinds("close")].map(({ name, memory }) => [name, memory]), [
    ["a", "new"],
    ["b", "new"],
  ]);
  assertEquals([...journal.ofKinds("open")], []);
});
