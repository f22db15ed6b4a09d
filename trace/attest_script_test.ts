import { assert, assertEquals } from "@std/assert";
import { findCommand } from "../commands/execute.ts";
import { parseCommand } from "../commands/parse.ts";
import { findIoctl } from "../ffi/find_ioctl.ts";
import { parseRequest } from "../ffi/parse_fields.ts";
import { splitWords } from "../syntax/words.ts";
import { deviceLines, heapLines, sharingLines, udmabufLines } from "./attest_script.ts";

const drivers = ["panthor", "panfrost", "vgem"];
const scripts = [
  ...drivers.map((driver) => deviceLines("/dev/dri/renderD128", driver)),
  sharingLines("/dev/dri/card0", "/dev/dri/card1", "vgem"),
  heapLines("system"),
  udmabufLines(),
];

/** The name that a line makes, if it makes one. */
function namedBy(line: string): string | undefined {
  return / --as (\w+)$/.exec(line)?.[1];
}

Deno.test("every line of what attest does is a command with options that it has", async () => {
  for (const { line } of scripts.flat()) {
    const [name = "", ...words] = splitWords(line).map(({ text }) => text);
    parseCommand(await findCommand(name), words);
    if (name !== "ioctl") continue;
    const { definition } = findIoctl(words[1] ?? "");
    const fields = words.slice(2).map((word) => word.replace(/\{\w+\}/, "1").split("="));
    parseRequest(
      definition,
      Object.fromEntries(fields.map(([field = "", ...value]) => [field, value.join("=")])),
    );
  }
});

Deno.test("what attest makes is let go of, and used under the name that it has", () => {
  for (const script of scripts) {
    const held = new Set<string>();
    for (const { line, needs } of script) {
      assertEquals(needs.filter((name) => !held.has(name)), [], line);
      const name = namedBy(line);
      if (name !== undefined) held.add(name);
      if (line.startsWith("close ")) held.delete(line.slice("close ".length));
    }
    assertEquals([...held], []);
  }
});

Deno.test("attest allocates little, and sends nothing to a GPU or a display", () => {
  const lines = scripts.flat().map(({ line }) => line);
  for (const [, size] of lines.join("\n").matchAll(/--size (\S+)/g)) {
    assert(["1", "4KiB", "8KiB"].includes(size ?? ""), size);
  }
  assertEquals(
    lines.filter((line) => /SUBMIT|EXEC|SETCRTC|ATOMIC|MASTER|GROUP|op_count/i.test(line)),
    [],
  );
});

Deno.test("attest sends no driver what its kernels do not stand", () => {
  const of = (driver: string): string[] =>
    [
      ...deviceLines("/dev/dri/renderD128", driver),
      ...sharingLines("/dev/dri/card0", "/dev/dri/renderD128", driver),
    ].map(({ line }) => line);
  assertEquals(of("msm").filter((line) => line.includes("--private")), []);
  assertEquals(of("etnaviv").filter((line) => line.startsWith("sync ")), []);
  assert(of("panthor").some((line) => line.includes("--private")));
  assert(of("panthor").some((line) => line.startsWith("sync ")));
});
