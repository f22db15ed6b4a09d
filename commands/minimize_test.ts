import { assert, assertEquals } from "@std/assert";
import { OpenKernels } from "./_live_kit.ts";
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

/** A line without each of its options, one at a time, and without what was expected of it. */
function shorterLines(line: string): readonly string[] {
  const options = [...line.matchAll(/ --\w+(?:-\w+)*(?: [^-\s]\S*)?/g)].map(([option]) =>
    line.replace(option, "")
  );
  return [...options, line.replace(/^expect \S+ +/, "")].filter((other) => other !== line);
}

Deno.test("minimize leaves no statement and no option that can be taken out", async () => {
  const script = [
    "open card1 --as display",
    "create --dumb 64x64x32 --on display --as scan",
    "create --size 1MiB --cached --as a",
    "expect ok mmap a --write 0=aa --write 64=bb --as map",
    "export a --rdwr --as db",
    "import db --on display --as imported",
    "expect ok sync a --range 0:4 --for device --access w",
    "expect bytes=bb device read a 64:1",
  ];
  const found = (await minimize(script)).slice(2);
  const kind = "expected bytes=bb, got bytes=00, stale";
  const still: string[] = [];
  for (const [i, line] of found.entries()) {
    for (const instead of [[], ...shorterLines(line).map((shorter) => [shorter])]) {
      const other = [...found.slice(0, i), ...instead, ...found.slice(i + 1)];
      const { out } = await onFiles({ "a.boctl": other }, "minimize @a.boctl --trials 0");
      if (out.split("\n")[1]?.endsWith(kind)) still.push(other.join("\n"));
    }
  }
  assertEquals([found.length, still], [3, []], found.join("\n"));
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
  const kernels = new OpenKernels("sim");
  const files = { "a.boctl": ["create --size 8KiB --cached", "list", "close b"] };
  await onFiles(files, "minimize @a.boctl", "sim:panthor", { wrap: kernels.wrap });
  // The command's own, and one at a time for the trials.
  assertEquals([kernels.opened > 4, kernels.most, kernels.now], [true, 2, 0]);
});

Deno.test("minimize makes no trial on a live kernel that was not asked for", async () => {
  const files = { "a.boctl": ["list", "list", "close b"] };
  const kernels = new OpenKernels("live");
  const refused = await onFiles(files, "minimize @a.boctl", "sim:panthor", { wrap: kernels.wrap });
  assertEquals([refused.code, kernels.opened, refused.out], [77, 1, ""]);
  const asked = await onFiles(files, "minimize @a.boctl --live-trials", "sim:panthor", {
    wrap: kernels.wrap,
  });
  assertEquals([asked.code, asked.out.split("\n").slice(2)], [0, ["close b"]]);
});

Deno.test("minimize ends when it is interrupted", async () => {
  const abort = new AbortController();
  let opened = 0;
  const { code, err } = await onFiles(
    { "a.boctl": ["list", "list", "close b"] },
    "minimize @a.boctl",
    "sim:panthor",
    {
      signal: abort.signal,
      wrap: (kernel) => {
        if (++opened === 3) abort.abort();
        return kernel;
      },
    },
  );
  assertEquals([code, err, opened], [130, "boctl: a.boctl:1:1: interrupted", 3]);
});

Deno.test("minimize does not record: its trials have a kernel each", async () => {
  const files = { "a.boctl": ["list", "close b"] };
  const { code, err } = await onFiles(files, "minimize @a.boctl --record @trace.jsonl");
  assertEquals([code, err.split("\n")[0]], [
    2,
    "boctl: --record: these scripts have a kernel each, a trace is of one",
  ]);
});
