import { assertEquals } from "@std/assert";
import { invoke } from "./invoke.ts";

for (
  const [option, message] of [
    ["--read=4:", '--read: "4:" has no length'],
    ["--crc32=9..1", '--crc32: "9..1" ends before it starts'],
    ["--fill=aabb", '--fill: "aabb" is not one byte'],
    ["--write=deadbeef", '--write: "deadbeef" is not OFFSET=BYTES'],
    ["--verify=0=abc", '--verify: "abc" has 3 hexadecimal digits; two make a byte'],
  ] as const
) {
  Deno.test(`mmap ${option} is wrong before the first command of its line runs`, async () => {
    const said: string[] = [];
    const code = await invoke({
      args: `--device sim:panthor create --size 4KiB , mmap bo1 ${option}`.split(" "),
      env: () => undefined,
      out: (text) => void said.push(text),
      err: (text) => void said.push(text.split("\n")[0] ?? ""),
      signal: new AbortController().signal,
    });
    assertEquals([code, said], [2, [`boctl: ${message}`]]);
  });
}
