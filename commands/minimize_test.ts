import { assert, assertEquals } from "@std/assert";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { type Files, onFiles, withFiles } from "./_script_kit.ts";
import { boctlWords } from "./_test_kit.ts";

/** The lines of a minimized script, its two head lines first. */
async function minimize(
  script: string | readonly string[],
  more: Files = {},
  options = "",
  board?: string,
): Promise<readonly string[]> {
  const line = `minimize @a.boctl${options}`;
  const { code, out, err } = await onFiles({ "a.boctl": script, ...more }, line, board);
  assertEquals([code, err], [0, ""], out);
  return out.split("\n");
}

Deno.test("minimize keeps the lines without which a script does not fail the same way", async () => {
  const lines = await minimize([
    "# A story.",
    "create --size 64KiB --as other  # not needed",
    "create --size 1MiB --cached --as pool  # the pool",
    "expect ok mmap pool --write 0=c0ffee11 --write 64=22222222",
    "sync pool --range 64:4 --for device --access w",
    "list",
    "# Here.",
    "expect bytes=c0ffee11 device read pool 0:4  # stale",
    "close other",
    "close nosuch",
  ]);
  assertEquals(lines.slice(1), [
    "# on sim:panthor, panthor 1.8: expected bytes=c0ffee11, got bytes=00000000, stale",
    "create --size 4KiB --cached --as pool  # the pool",
    "mmap pool --write 0=c0ffee11",
    "# Here.",
    "expect bytes=c0ffee11 device read pool 0:4  # stale",
  ]);
  assert(
    /^# minimized: a\.boctl from 8 statements to 3, \d+ trials$/.test(lines[0] ?? ""),
    lines[0],
  );
});

Deno.test("minimize keeps the kind of a failure, not any failure", async () => {
  // Without the first line, close fails otherwise; without the export, EACCES does not happen.
  const cases: readonly (readonly [readonly string[], string, readonly string[]])[] = [
    [
      ["create --size 8KiB --as a", "export a --as ro", "list", "mmap ro --write 0=de", "close a"],
      "mmap: EACCES",
      ["create --size 4KiB --as a", "export a --as ro", "mmap ro --write 0=de"],
    ],
    [
      ["create --size 4KiB --as a", "list", "create --size 0"],
      "DRM_IOCTL_PANTHOR_BO_CREATE: EINVAL",
      ["create --size 0"],
    ],
    [
      ["list", "create --size 4KiB --as a", "expect ok create --size 0", "close b"],
      "expected ok, got EINVAL",
      ["expect ok create --size 0"],
    ],
    [["list", "create --size 4KiB", "close b"], 'wrong usage: no object is named "b"', ["close b"]],
    [["list", "open card9"], "no device: ENOENT", ["open card9"]],
    [
      ["create --size 4KiB --as a", "list", "mmap a --verify 0=01"],
      "mmap: CheckFailed, exit 1",
      ["create --size 4KiB --as a", "mmap a --verify 0=01"],
    ],
    [
      [
        "create --size 8KiB --cached --as a",
        "create --size 8KiB --as b",
        "export b",
        "export b --rdwr --as late",
        "mmap a --write 0=aa",
        "policy-check",
      ],
      "policy-check finds late-rdwr",
      ["create --size 4KiB --as b", "export b", "export b --rdwr", "policy-check"],
    ],
    [
      ["create --size 8KiB --as a", "list", "expect violation=late-rdwr export a --rdwr --as b"],
      "expected violation=late-rdwr, got no such finding",
      ["create --size 4KiB --as a", "expect violation=late-rdwr export a"],
    ],
  ];
  for (const [script, kind, lines] of cases) {
    const found = await minimize(script);
    assertEquals([found[1]?.replace(/.*sim:panthor(, panthor 1\.8)?: /, ""), ...found.slice(2)], [
      kind,
      ...lines,
    ]);
  }
});

Deno.test("minimize writes variables and includes into the lines, and repeats out", async () => {
  const lines = await minimize([
    "set size 16KiB",
    "include lib/b.boctl",
    "repeat 9",
    "  create --size $size --as b$i",
    "  mmap b$i --write 0=0$i",
    "end",
    "expect bytes=00 mmap b7 --read 0:1",
    "repeat 3 as n",
    "  list",
    "end",
  ], { "lib/b.boctl": ["list", "list"] });
  assertEquals(lines.slice(2), [
    "create --size 4KiB --as b7",
    "mmap b7 --write 0=07",
    "expect bytes=00 mmap b7 --read 0:1",
  ]);
});

Deno.test("minimize keeps a repeat that is shorter than what it does", async () => {
  const counted = await minimize([
    "list",
    "repeat 40  # many",
    "  list",
    "  create --size 8KiB  # one more",
    "end  # so many",
    "expect ok info bo31",
    "expect EINVAL info bo30",
  ]);
  assertEquals(counted.slice(2), [
    "repeat 30  # many",
    "  create --size 4KiB  # one more",
    "end  # so many",
    "expect EINVAL info bo30",
  ]);
});

Deno.test("minimize --trials stops early, and says so", async () => {
  const script = ["list", "list", "list", "list", "close b"];
  const lines = await minimize(script, {}, " --trials 1");
  assertEquals(
    lines[0],
    "# minimized: a.boctl from 5 statements to 5, 1 trial (no more were allowed)",
  );
  const none = await minimize(script, {}, " --trials 0");
  assertEquals(none.slice(2), script);
});

Deno.test("minimize --out writes a script that fails the same way", async () => {
  await withFiles({ "a.boctl": ["list", "list", "close b"] }, async (folder) => {
    const words = ["--device", "sim:panthor", "minimize", `${folder}/a.boctl`];
    const { code, out } = await boctlWords([...words, "--out", `${folder}/b.boctl`]);
    assertEquals(
      [code, out.endsWith('; fails: wrong usage: no object is named "b"')],
      [0, true],
      out,
    );
    const again = await boctlWords(["--device", "sim:panthor", "run", `${folder}/b.boctl`]);
    assertEquals([again.code, again.err.split("\n")[0]], [
      2,
      `boctl: ${folder}/b.boctl:3:7: no object is named "b"`,
    ]);
  });
});

Deno.test("minimize --json tells counts, kind and script", async () => {
  const files = { "a.boctl": ["list", "list", "close b"] };
  const { out } = await onFiles(files, "--json minimize @a.boctl");
  const { result } = JSON.parse(out);
  assertEquals([result.from, result.to, result.complete], [3, 1, true]);
  assertEquals(result.failure, 'wrong usage: no object is named "b"');
  assertEquals(result.script.split("\n").slice(2), ["close b", ""]);
});

Deno.test("minimize is exit 2 for a script that passes, and 77 for a skip", async () => {
  const passes = await onFiles({ "a.boctl": "list" }, "minimize @a.boctl");
  assertEquals([passes.code, passes.err.split("\n")[0]], [
    2,
    "boctl: a.boctl passes on sim:panthor: there is nothing to minimize",
  ]);
  const skip = await onFiles({ "a.boctl": ["require driver vgem", "list"] }, "minimize @a.boctl");
  assertEquals([skip.code, skip.err.startsWith("boctl: a.boctl:1:9: require driver vgem")], [
    77,
    true,
  ]);
  const wrong = await onFiles({ "a.boctl": ["list", "creat"] }, "minimize @a.boctl");
  assertEquals([wrong.code, wrong.err.startsWith("boctl: a.boctl:2:1: unknown command")], [
    2,
    true,
  ]);
});

Deno.test("minimize leaves nothing open, however many trials it makes", async () => {
  let opened = 0;
  let disposed = 0;
  const files = { "a.boctl": ["create --size 8KiB --cached", "list", "close b"] };
  await onFiles(files, "minimize @a.boctl", "sim:panthor", {
    wrap: (kernel) => {
      opened++;
      return new class extends WrappedKernel {
        override dispose(): void {
          disposed++;
          super.dispose();
        }
      }(kernel);
    },
  });
  assertEquals([opened > 4, opened - disposed], [true, 0]);
});
