import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_test_kit.ts";

const SIM = "--device sim:panthor";

/** The last answer of a line run with --json. */
async function last(line: string): Promise<Record<string, unknown>> {
  const { code, out, err } = await boctl(`--json ${SIM} ${line}`);
  assertEquals([code, err], [0, ""], line);
  return JSON.parse(out.split("\n").at(-1) ?? "").result;
}

Deno.test("device fill sets a range, or all of a buffer", async () => {
  const read = await last("create --size 4KiB , device fill bo1 ab@62:4 , device read bo1 60:8");
  assertEquals(read["bytes"], "0000abababab0000");
  assertEquals(await last("create --size 4KiB , device fill bo1 ab"), { of: "bo1", written: 4096 });
});

Deno.test("device copy reads one buffer and writes another of its device, or the same", async () => {
  const two = "create --size 4KiB , create --size 8KiB , device write bo1 4=deadbeef , ";
  assertEquals(
    (await last(`${two} device copy bo1 4:4 bo2 8188 , device read bo2 8188:4`))["bytes"],
    "deadbeef",
  );
  assertEquals(
    (await last(`${two} device copy bo1 4:4 bo1 6 , device read bo1 4:6`))["bytes"],
    "deaddeadbeef",
  );
});

Deno.test("device copy tells what of its source was stale", async () => {
  const copied = await last(
    "create --size 4KiB --cached --as a , create --size 4KiB --as b , mmap a --fill ff@0:8 , " +
      "device copy a 4:64 b 0",
  );
  assertEquals(copied, { of: "a", to: "b", copied: 64, stale: [{ offset: 4, length: 4 }] });
});

Deno.test("between device begin and end only the device sees what it wrote", async () => {
  const job = "create --size 4KiB , device begin bo1 , device fill bo1 aa@0:2 , ";
  assertEquals((await last(`${job} device read bo1 0:2`))["bytes"], "aaaa");
  assertEquals((await last(`${job} mmap bo1 --read 0:2`))["bytes"], "0000");
  assertEquals((await last(`${job} device end bo1 , mmap bo1 --read 0:2`))["bytes"], "aaaa");
  assertEquals(await last("create --size 4KiB , device begin bo1 --access r"), {
    of: "bo1",
    device: "panthor",
    job: "begun",
    access: "r",
  });
  assertEquals(await last(`${job} device end bo1`), { of: "bo1", device: "panthor", job: "ended" });
});

Deno.test("wait sees a job's fence: a reader's only for writing, and never after device end", async () => {
  const begun = (access: string): string =>
    `create --size 4KiB , export bo1 --rdwr , device begin bo1 --access ${access} , `;
  const codes = async (line: string): Promise<number> => (await boctl(`${SIM} ${line}`)).code;
  assertEquals(await codes(`${begun("r")} wait db1 --access r`), 0);
  assertEquals(await codes(`${begun("r")} wait db1 --access w --timeout 200`), 3);
  assertEquals(await codes(`${begun("w")} wait db1 --access r --timeout 200`), 3);
  assertEquals(await codes(`${begun("w")} sync db1 --whole --for cpu --timeout 200`), 3);
  assertEquals(await codes(`${begun("w")} device end bo1 , wait db1 --timeout 0`), 0);
});

Deno.test("device names the word that is wrong, before any system call", async () => {
  const cases: [string, string][] = [
    ["melt bo1", 'device: "melt" is none of read, write, fill, copy, begin, end'],
    ["read bo1", "device read: RANGE|all is missing"],
    ["begin bo1 now", 'device begin: "now" is one word too many'],
    ["end bo1 --access r", "device end: --access is for begin"],
    ["begin bo1 --access rw", '--access: "rw" is none of r, w'],
    ["fill bo1 abcd@0:4", 'device fill: "abcd@0:4" is not one byte'],
    ["fill bo1 aa@4095:2", "0xfff..0x1001 (2 B) ends beyond bo1, which has 4096 bytes"],
    ["write bo1 4095=aabb", "0xfff..0x1001 (2 B) ends beyond bo1, which has 4096 bytes"],
    ["write bo1 aabb", 'device write: "aabb" is not OFFSET=HEX'],
    ["copy bo1 0:8 bo1", "device copy: OFFSET is missing"],
    ["copy bo1 0:8 bo1 4090", "0xffa..0x1002 (8 B) ends beyond bo1"],
    ["copy bo1 0:8 bo9 0", 'no buffer is named "bo9"'],
  ];
  for (const [words, message] of cases) {
    const { code, err } = await boctl(`${SIM} create --size 4KiB , device ${words}`);
    assertEquals(code, 2, words);
    assertStringIncludes(err, message);
  }
});

Deno.test("device copy between two devices is refused, with the way to do it", async () => {
  const { code, err } = await boctl(
    `${SIM} create --size 4KiB , open rockchip , create --size 4KiB --on rockchip , ` +
      "device copy bo1 0:4 bo2 0",
  );
  assertEquals(code, 2);
  assertStringIncludes(err, "bo1 is a buffer of panthor, bo2 of rockchip");
  assertStringIncludes(err, "export bo2 --as db , import db --on panthor");
});

Deno.test("a second job and an end without a job are refused with their reason", async () => {
  const twice = await boctl(`${SIM} create --size 4KiB , device begin bo1 , device begin bo1`);
  assertEquals(twice.code, 3);
  assertStringIncludes(twice.err, "EBUSY: panthor has a job on this memory already");
  const without = await boctl(`${SIM} create --size 4KiB , device end bo1`);
  assertEquals(without.code, 3);
  assertStringIncludes(without.err, "EINVAL: panthor has no job on this memory");
});
