import { assert, assertEquals } from "@std/assert";
import { onFiles } from "./_script_kit.ts";

/** What a script's commands were, as they ran. */
async function ran(lines: readonly string[], board?: string): Promise<readonly string[]> {
  const { code, out, err } = await onFiles({ "a.boctl": lines }, "run @a.boctl", board);
  assertEquals([code, err], [0, ""], `${lines.join("\n")}\n${out}`);
  return out.split("\n").filter((line) => /^\S+: /.test(line) && !line.includes(" on panthor ("));
}

/** The first line of what a script is refused with. */
async function refused(
  files: Readonly<Record<string, string | readonly string[]>>,
): Promise<readonly [number, string, string]> {
  const { code, out, err } = await onFiles(files, "run @a.boctl");
  return [code, out, err.split("\n")[0] ?? ""];
}

Deno.test("set names a word, and the word stays one whatever is in it", async () => {
  const steps = await ran([
    "set size 8KiB",
    'set bytes "de ad"',
    "set name b",
    "set both $name$name",
    "create --size ${size} --as $both",
    'mmap $both --write 0="$bytes"',
    "expect bytes=dead mmap bb --read 0:2",
    "set size 4KiB",
    "expect json name=cc create --size $size --as 'cc' --on panthor",
  ]);
  assertEquals(steps, [
    "5: create --size 8KiB --as bb",
    "6: mmap bb --write '0=de ad'",
    "7: expect bytes=dead mmap bb --read 0:2",
    "9: expect json name=cc create --size 4KiB --as cc --on panthor",
  ]);
});

Deno.test("names from set are names for --as, --on, open and close", async () => {
  const steps = await ran([
    "set gpu second",
    "open card0 --as $gpu",
    "create --size 4KiB --on $gpu --as on-$gpu",
    "expect json device=second info on-$gpu",
    "close on-$gpu $gpu",
  ]);
  assertEquals(steps.at(-1), "5: close on-second second");
});

Deno.test("repeat counts from 0 in $i of the innermost, or in the name that as gives", async () => {
  const steps = await ran([
    "set i before",
    "repeat 2 as outer",
    "  repeat 2",
    "    create --size 4KiB --as b$outer.$i",
    "  end",
    "  repeat 1 as outer",
    "    info b$outer.1",
    "  end",
    "  info b$outer.0",
    "end",
    "create --size 4KiB --as $i",
  ]);
  assertEquals(steps.map((line) => line.replace("--size 4KiB --as ", "")), [
    "4: create b0.0",
    "4: create b0.1",
    "7: info b0.1",
    "9: info b0.0",
    "4: create b1.0",
    "4: create b1.1",
    "7: info b0.1",
    "9: info b1.0",
    "11: create before",
  ]);
});

Deno.test("repeat's counter is gone after its end", async () => {
  const [code, , err] = await refused({ "a.boctl": ["repeat 2", "list", "end", "info $i"] });
  assertEquals([code, err], [2, 'boctl: a.boctl:4:6: no variable is called "i"']);
});

Deno.test("include reads a file beside its own, with the same variables", async () => {
  const files = {
    "a.boctl": ["set size 4KiB", "include lib/make.boctl", "info $made"],
    "lib/make.boctl": ["# makes one", "create --size $size --as x", "include more.boctl"],
    "lib/more.boctl": ["set made x"],
  };
  const { code, out, err } = await onFiles(files, "run @a.boctl");
  assertEquals([code, err], [0, ""]);
  assertEquals(out.split("\n").filter((line) => /^\S*\d: /.test(line)), [
    "lib/make.boctl:2: create --size 4KiB --as x",
    "3: info x",
  ]);
  const json = await onFiles(files, "--json run @a.boctl");
  const steps = JSON.parse(json.out).result.steps;
  assertEquals(steps.map((step: Record<string, unknown>) => [step["file"], step["line"]]), [
    ["lib/make.boctl", 2],
    [undefined, 3],
  ]);
});

Deno.test("an error in an included file names that file, its line and column", async () => {
  const list = "list";
  const cases: readonly (readonly [string, string])[] = [
    ["  frobnicate a", '2:3: unknown command "frobnicate"'],
    ["mmap a --read 0:4x", '2:15: --read: length of "0:4x"'],
    ["repeat 2", "2:1: repeat has no end"],
    ["end", "2:1: end: no repeat is open"],
    ["expect EFOO list", '2:8: expect: "EFOO" is no expectation'],
    ["close b", '2:7: no object is named "b"'],
    ["close $b", '2:7: no variable is called "b"'],
    ["require driver", "2:9: require: driver: a word is missing"],
  ];
  for (const [line, message] of cases) {
    const [code, , err] = await refused({
      "a.boctl": ["list", "include sub/b.boctl"],
      "sub/b.boctl": [list, line],
    });
    assertEquals([code, err.startsWith(`boctl: sub/b.boctl:${message}`)], [2, true], err);
  }
});

Deno.test("include refuses cycles, depth, numbers and files that are not there", async () => {
  const cycle = await refused({
    "a.boctl": "include lib/b.boctl\nlist",
    "lib/b.boctl": "list\ninclude ../lib/./../a.boctl",
  });
  assertEquals(cycle, [
    2,
    "",
    "boctl: lib/b.boctl:2:9: include: a file includes itself: " +
    "a.boctl -> lib/b.boctl -> lib/../lib/./../a.boctl",
  ]);
  const deep = Object.fromEntries(
    Array.from({ length: 18 }, (_, i) => [`${i === 0 ? "a" : i}.boctl`, `include ${i + 1}.boctl`]),
  );
  const [code, , err] = await refused(deep);
  assertEquals([code, err.startsWith("boctl: 15.boctl:1:9: include: files include files more")], [
    2,
    true,
  ], err);
  const wide = await refused({
    "a.boctl": "include b.boctl\n".repeat(40),
    "b.boctl": "include c.boctl\n".repeat(40),
    "c.boctl": "list\n",
  });
  assertEquals(wide[2], "boctl: b.boctl:16:9: include: more than 1000 files are included");
  const missing = await refused({ "a.boctl": "list\n  include  b.boctl" });
  assertEquals(missing, [2, "", "boctl: a.boctl:2:12: b.boctl: there is no such file"]);
});

Deno.test("what is wrong with a script's form is told before its first command", async () => {
  const lines = [
    "creat",
    "create --siz 4",
    "mmap a --read 4..0",
    "expect violation=late-rdwrr list",
    "expect json size list",
    "list $nosuch",
    "repeat 0",
    "repeat 1000001",
    "repeat x",
    "require driver",
    "require capability flying",
    "require kernel 6.12",
    "list --json",
  ];
  for (const line of lines) {
    const end = line.startsWith("repeat") ? ["list", "end"] : [];
    for (const option of ["", " --check", " --keep-going"]) {
      const files = { "a.boctl": ["create --size 4KiB", line, ...end] };
      const { code, out, err } = await onFiles(files, `run @a.boctl${option}`);
      assertEquals([code, out, err.startsWith("boctl: a.boctl:2:")], [2, "", true], err);
    }
  }
});

Deno.test("the statements of a repeat are read as in its first pass", async () => {
  const lines = ["create --size 4KiB --as b0", "repeat 2", "  info b$i", "end"];
  const [code, out, err] = await refused({ "a.boctl": lines });
  assertEquals([code, err], [2, 'boctl: a.boctl:3:8: no object is named "b1"']);
  assert(out.includes("3: info b0"), out);
  const form = await refused({ "a.boctl": ["repeat 2", "  create --size ${i}x", "end"] });
  assertEquals(form, [2, "", 'boctl: a.boctl:2:17: --size: "0x" is not a size']);
});

Deno.test("repeats that execute too much are refused before anything runs", async () => {
  const [code, out, err] = await refused({
    "a.boctl": ["list", "repeat 1000 as a", "repeat 1000 as b", "list", "end", "end"],
  });
  assertEquals([code, out], [2, ""]);
  assertEquals(err, "boctl: a.boctl:2:1: the script executes more than 1000000 statements");
});

Deno.test("repeats that execute too much by a later pass's numbers are stopped", async () => {
  const [code, , err] = await refused({
    "a.boctl": [
      "set n 1",
      "repeat 2",
      "repeat $n",
      "set m 0",
      "end",
      "set n 600000",
      "end",
      "list",
    ],
  });
  // The second pass and its 600000 passes of two statements.
  assertEquals([code, err], [
    2,
    "boctl: a.boctl:4:1: the script executes more than 1000000 statements",
  ]);
});

Deno.test("expect json looks into the result; expect violation into what the rules find", async () => {
  await ran([
    "expect json size=8192 create --size 5000 --as a",
    "export a --as ro",
    "expect violation=late-rdwr export a --rdwr --as rw",
    "expect violation=writable-map-of-read-only-export mmap ro --write 0=de",
    "expect json checks[0].name=create smoke",
    "expect json findings[0].rule=late-rdwr policy-check --select late-rdwr",
  ]);
  const cases: readonly (readonly [string, string])[] = [
    ["expect json size=4096 info a", "expected json size=4096, got size=8192"],
    ["expect json sise=1 info a", "expected json sise=1, got no sise: the result has name, "],
    [
      "expect violation=late-rdwr export a --as b",
      "expected violation=late-rdwr, got no such finding",
    ],
    // What the rule found about an earlier command is not found about this one.
    ["expect violation=late-rdwr list", "expected violation=late-rdwr, got no such finding"],
  ];
  for (const [line, message] of cases) {
    const [code, , err] = await refused({
      "a.boctl": ["create --size 5000 --as a", "export a", "export a --rdwr", line],
    });
    const place =
      line.indexOf(line.includes("json") ? "info" : line.endsWith("list") ? "list" : "export") + 1;
    assertEquals([code, err.startsWith(`boctl: a.boctl:4:${place}: ${message}`)], [1, true], err);
  }
});

Deno.test("words in single quotes are taken as they are", async () => {
  const [code, , err] = await refused({ "a.boctl": ["set a b", "close '$a' $$a"] });
  assertEquals([code, err], [2, 'boctl: a.boctl:2:7: no object is named "$a"']);
});
