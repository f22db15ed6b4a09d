import { assertEquals } from "@std/assert";
import { invoke } from "./invoke.ts";

Deno.test("what the device wrote itself is not stale for it, in a line that the CPU dirtied too", async () => {
  const lines: string[] = [];
  const line = "--device sim:panthor create --size 4KiB --cached --as a , mmap a --write 0=11 , " +
    "device write a 8=22 , device read a 8:1";
  const code = await invoke({
    args: line.split(" "),
    env: () => undefined,
    out: (text) => void lines.push(text),
    err: (text) => void lines.push(text),
    signal: new AbortController().signal,
  });
  assertEquals([code, lines.at(-1)], [0, "22"]);
});
