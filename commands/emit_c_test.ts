import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { boctl, withScript } from "./_test_kit.ts";

const script = [
  "# A title.",
  "#",
  "# A story.",
  "# policy: none",
  "create --size 4KiB --as a   # a comment",
  "export a --as ro",
  "expect EACCES  mmap ro --write 0=de",
];

Deno.test("emit-c writes a script's C to standard output, its story on top", async () => {
  await withScript(script, async (path) => {
    const { code, out, err } = await boctl(`--device sim:qemu emit-c ${path}`);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, "/*\n * A title.\n *\n * A story.\n *\n * Written by boctl ");
    assertStringIncludes(out, "sim:qemu, Linux 6.12.");
    assertStringIncludes(out, "/* 5: create --size 4KiB --as a */\nstatic void step_1(void)");
    assertStringIncludes(out, "/* 7: expect EACCES mmap ro --write 0=de */");
    assertStringIncludes(out, "assert_eq(map_error(map), -EACCES);");
    assert(!out.includes("policy:"));
  });
});

Deno.test("emit-c --out writes a file and says what is in it", async () => {
  await withScript(script, async (path) => {
    const { code, out } = await boctl(`--device sim:qemu emit-c ${path} --out ${path}.c`);
    assertEquals([code, out], [0, `${path}.c: 4 commands, 12 system calls`]);
    const text = await Deno.readTextFile(`${path}.c`);
    await Deno.remove(`${path}.c`);
    assert(text.endsWith("}\n"));
    const { out: json } = await boctl(`--json --device sim:qemu emit-c ${path}`);
    assertEquals(`${JSON.parse(json).result.c}`, text);
  });
});

Deno.test("emit-c gives a trace the same calls as its script", async () => {
  await withScript(script, async (path) => {
    const trace = `${path}.jsonl`;
    assertEquals((await boctl(`--record ${trace} --device sim:qemu run ${path}`)).code, 0);
    const ofTrace = (await boctl(`emit-c ${trace}`)).out;
    const ofScript = (await boctl(`--device sim:qemu emit-c ${path}`)).out;
    await Deno.remove(trace);
    const calls = (text: string): string[] =>
      (text.match(/^\t+(?:assert_eq|\w+ = ).*$/gm) ?? []).map((line) => line.trim());
    assert(calls(ofScript).length > 10);
    assertEquals(calls(ofTrace), calls(ofScript));
  });
});

Deno.test("emit-c ends a script that needs the device's side there, and says what is left", async () => {
  await withScript([
    "create --size 4KiB --as a",
    "device read a 0:4",
    "list",
    "expect bytes=00 mmap a --read 0:1",
  ], async (path) => {
    const { code, out } = await boctl(`--device sim:panthor emit-c ${path} --out ${path}.c`);
    assertEquals(code, 0);
    assertEquals(out, `${path}.c: 2 commands, 2 system calls; 2 commands more need the simulator`);
    const text = await Deno.readTextFile(`${path}.c`);
    await Deno.remove(`${path}.c`);
    assertStringIncludes(text, "INCOMPLETE: ");
    assertStringIncludes(text, "(2 more commands, 1 with an expectation)");
    assertStringIncludes(text, " *   list\n *   expect bytes=00 mmap a --read 0:1\n */");
  });
});

Deno.test("emit-c emits nothing of a script that fails", async () => {
  await withScript(["create --size 4KiB --as a", "expect EINVAL list"], async (path) => {
    const { code, out, err } = await boctl(`--device sim:qemu emit-c ${path}`);
    assertEquals([code, out], [1, ""]);
    assertStringIncludes(err, `${path}:2:`);
  });
});

for (
  const [what, text, said] of [
    ["makes no call", "devices", "makes no system call that C could make again"],
    ["is empty", "", "there is no command in it"],
    ["is no trace", "{}\n", 'is no header of a trace: "boctl-trace" is missing'],
    ["is malformed", "mmap a --raed 0:4", "--read"],
  ] as const
) {
  Deno.test(`emit-c refuses a file that ${what}`, async () => {
    await withScript(text, async (path) => {
      const { code, out, err } = await boctl(`--device sim:qemu emit-c ${path}`);
      assertEquals([code, out], [2, ""]);
      assertStringIncludes(err, said);
    });
  });
}

Deno.test("emit-c refuses a style that it does not have", async () => {
  const { code, err } = await boctl("--device sim:qemu emit-c x --style junit");
  assertEquals(code, 2);
  assertStringIncludes(err, "plain, kselftest");
});

Deno.test("emit-c says that bytes which a trace holds as a hash cannot be written again", async () => {
  await withScript([
    "create --size 4MiB --as a",
    "mmap a --write 0=@/dev/zero",
  ], async (path) => {
    // A file without an end is refused by mmap; one of 2 MiB is recorded as its hash.
    const large = `${path}.bin`;
    await Deno.writeFile(large, new Uint8Array(2 << 20));
    await Deno.writeTextFile(path, `create --size 4MiB --as a\nmmap a --write 0=@${large}\n`);
    const { code, err } = await boctl(`--device sim:qemu emit-c ${path}`);
    await Deno.remove(large);
    assertEquals(code, 77);
    assertStringIncludes(err, "holds written bytes as their hash only");
  });
});
