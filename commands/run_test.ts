import { assertEquals } from "@std/assert";
import { shell } from "../tools/_boctl.ts";
import { type Answer, boctl, boctlWords, withScript } from "./_test_kit.ts";

/** Runs a script on a board; the file's name is written as FILE. */
async function run(
  lines: string | readonly string[],
  options = "",
  board = "sim:panthor",
): Promise<Answer> {
  return await withScript(lines, async (path) => {
    const { code, out, err } = await boctl(`--device ${board} run ${path} ${options}`);
    return { code, out: out.replaceAll(path, "FILE"), err: err.replaceAll(path, "FILE") };
  });
}

Deno.test("run shows each step and ends with a summary that names backend and driver", async () => {
  const { code, out, err } = await run([
    "# a comment",
    "create --size 4KiB --as a",
    "expect bytes=00000000 mmap a --read 0:4",
    "expect EINVAL create --size 0",
  ]);
  assertEquals([code, err], [0, ""]);
  assertEquals(out.split("\n"), [
    "2: create --size 4KiB --as a",
    "  a: 4 KiB on panthor (/dev/dri/renderD128), handle 1, mapped write-combined",
    "3: expect bytes=00000000 mmap a --read 0:4",
    "  00000000",
    "4: expect EINVAL create --size 0",
    "  DRM_IOCTL_PANTHOR_BO_CREATE on panthor: EINVAL: a size of 0 is not a buffer",
    "PASS FILE on sim:panthor, panthor 1.8: 3 commands, 2 expectations held",
  ]);
});

Deno.test("run names file, line and column of every kind of error", async () => {
  const good = "create --size 4KiB --as a";
  const cases: readonly (readonly [string, string, number, string])[] = [
    // What cannot be read.
    ["close 'a", "2:7", 2, "the quote ' is not closed"],
    ["expect EFOO list", "2:8", 2, 'expect: "EFOO" is no expectation'],
    // What is wrong usage: the column of the word.
    ["  creat --size 4", "2:3", 2, 'unknown command "creat"'],
    ["create --siz 4", "2:8", 2, 'create: unknown option "--siz"'],
    ["create --size 4x", "2:15", 2, '--size: "4x" has an unknown unit "x"'],
    ["create --size=4x", "2:8", 2, '--size: "4x" has an unknown unit "x"'],
    // A part of a word is told at the word.
    ["mmap a --read 0:4x", "2:15", 2, '--read: length of "0:4x": "4x" has an unknown unit'],
    ["mmap a --fill aa@0:4x", "2:15", 2, '--fill: length of "0:4x"'],
    ["sync a --range=4x..8", "2:8", 2, '--range: start of "4x..8"'],
    ["mmap a --read 0:5KiB", "2:15", 2, "--read: 0x0..0x1400 (5120 B) ends beyond"],
    ["close a b", "2:9", 2, 'no object is named "b"'],
    ["export", "2:1", 2, "export: BUF"],
    ["create --size 4KiB --as a", "2:25", 2, '--as: "a" is taken'],
    ["list --device sim:qemu", "2:6", 2, "list: --device is said of a whole script"],
    ["list --json", "2:6", 2, "list: --json is said of a whole script"],
    // What is refused, or not as expected: the column of the command.
    [" create --size 0", "2:2", 3, "DRM_IOCTL_PANTHOR_BO_CREATE on panthor: EINVAL"],
    ["expect ok  create --size 0", "2:12", 1, "expected ok, got EINVAL"],
    ["open card9", "2:1", 4, "/dev/dri/card9: ENOENT"],
    ["mmap a --verify 0=01", "2:1", 1, "verify: a differs at 0x0"],
    ["create --dumb 8x8 --on panthor", "2:1", 77, "--dumb: panthor has no dumb buffers"],
  ];
  for (const [line, place, exit, message] of cases) {
    const { code, err } = await run([good, line, "list"]);
    assertEquals([code, err.startsWith(`boctl: FILE:${place}: ${message}`)], [exit, true], err);
  }
});

Deno.test("run stops at the first thing that is not as expected", async () => {
  const { out } = await run(["create --size 4KiB", "close nosuch", "list"]);
  assertEquals(out.includes("list"), false);
});

Deno.test("run does not take a misspelt command for a refusal", async () => {
  for (const condition of ["EINVAL", "ok", "bytes=00", "stale"]) {
    const { code, err } = await run([`expect ${condition} creat --size 0`]);
    assertEquals([code, err.includes('unknown command "creat"')], [2, true], condition);
  }
  assertEquals((await run(["expect exit=2 creat --size 0"])).code, 0);
});

Deno.test("run --check reads a script without a kernel", async () => {
  const good = await run(["create --size 4KiB", "expect exit=2 creat"], "--check", "sim:panthor");
  assertEquals(good, {
    code: 0,
    out: "FILE: 2 commands, nothing wrong with their form",
    err: "",
  });
  const cases: readonly (readonly [string, string])[] = [
    ["creat", '1:1: unknown command "creat"'],
    ["create --size x", '1:15: --size: "x" is not a size'],
    ["create --size 4 --json", "1:17: create: --json is said of a whole script"],
    ["expect EFOO list", '1:8: expect: "EFOO" is no expectation'],
  ];
  for (const [line, message] of cases) {
    const { code, err } = await run([line], "--check");
    assertEquals([code, err.split("\n")[0]?.startsWith(`boctl: FILE:${message}`)], [2, true], err);
  }
});

Deno.test("run --quiet shows only the summary, and what fails", async () => {
  const { out } = await run(["create --size 4KiB"], "--quiet");
  assertEquals(out, "PASS FILE on sim:panthor, panthor 1.8: 1 command, 0 expectations held");
  const late = ["create --size 4KiB --as a", "export a", "export a --rdwr", "policy-check"];
  const failed = await run(late, "--quiet");
  assertEquals([failed.code, failed.out.startsWith("4: policy-check\n")], [1, true], failed.out);
  assertEquals(failed.err, "boctl: FILE:4:1: policy-check: the check failed (exit 1)");
});

Deno.test("run --json answers once, with every step, or with the error and its place", async () => {
  await withScript(["create --size 4KiB", "expect EINVAL create --size 0"], async (path) => {
    const { code, out } = await boctl(`--json --device sim:panthor run ${path}`);
    const answer = JSON.parse(out);
    assertEquals([code, answer.ok, answer.on.backend], [0, true, "sim"]);
    assertEquals(answer.result.steps.map(({ line }: { line: number }) => line), [1, 2]);
    assertEquals(answer.result.steps[1].error.errno, "EINVAL");
  });
  await withScript(["list", "close nosuch"], async (path) => {
    const { code, out, err } = await boctl(`--json --device sim:panthor run ${path}`);
    const answer = JSON.parse(out);
    assertEquals([code, err, answer.ok, answer.command], [2, "", false, "run"]);
    assertEquals(answer.at, { file: path, line: 2, column: 7 });
    assertEquals(answer.error.name, "UsageError");
  });
});

Deno.test("run lets scripts run scripts, but not without end", async () => {
  await withScript("create --size 4KiB --as inner", async (inner) => {
    const { code, out } = await run([`run ${inner}`, "info inner"]);
    assertEquals([code, out.includes("  PASS")], [0, true], out);
  });
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/self.boctl`;
    for (const command of ["run", "policy-check"]) {
      await Deno.writeTextFile(path, `${command} ${path}\n`);
      const { code, err } = await boctl(`--device sim:panthor run ${path}`);
      assertEquals([code, err.includes("scripts run scripts more than 16 deep")], [2, true], err);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("run reads scripts of other systems' editors: a mark of byte order, DOS lines", async () => {
  const { code, err } = await run("\ufeffcreate --size 4KiB --as a\r\nclose a\r\n");
  assertEquals([code, err], [0, ""]);
});

Deno.test("run says why a script cannot be read", async () => {
  const missing = await boctl("--device sim:panthor run /no/such.boctl");
  assertEquals(missing, { code: 2, out: "", err: "boctl: /no/such.boctl: there is no such file" });
  const directory = await boctl("--device sim:panthor run /tmp");
  assertEquals(directory.err, "boctl: /tmp: is a directory");
});

Deno.test("run stops between two commands when it is interrupted", async () => {
  const abort = new AbortController();
  await withScript(["create --size 4KiB", "list", "list"], async (path) => {
    let lines = 0;
    const out: string[] = [];
    const { invoke } = await import("./invoke.ts");
    const code = await invoke({
      args: ["--device", "sim:panthor", "run", path],
      env: () => undefined,
      out: (text) => {
        out.push(text);
        if (++lines === 2) abort.abort();
      },
      err: () => {},
      signal: abort.signal,
    });
    assertEquals([code, out.length], [130, 2]);
  });
});

Deno.test("run cannot be made to print control characters of a script's words", async () => {
  const hostile = "\x1b[2J\u202e\x07";
  const { code, out, err } = await run([
    `expect exit=2 mmap "${hostile}" --read 0:4`,
    `expect exit=4 open "${hostile}"`,
    `expect exit=2 "${hostile}"`,
  ]);
  assertEquals([code, err], [0, ""]);
  const failed = await run([`close "${hostile}"`]);
  // deno-lint-ignore no-control-regex -- control characters are what this is about
  const unsafe = /[\x00-\x09\x0b-\x1f\x7f\u202e]/;
  assertEquals([unsafe.test(out), unsafe.test(failed.err)], [false, false]);
});

Deno.test("run cannot be made to print control characters of a script's name", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/a\x1b[2J\nPASS all.boctl`;
    await Deno.writeTextFile(path, "create --size 4KiB\n");
    for (const words of [["run", path], ["run", "--check", path], ["policy-check", path]]) {
      const { code, out } = await boctlWords(["--device", "sim:panthor", ...words]);
      assertEquals([code, out.includes("\x1b"), out.includes("\nPASS all")], [0, false, false]);
    }
    await Deno.writeTextFile(path, "creat\n");
    const { err } = await boctlWords(["--device", "sim:panthor", "run", path]);
    assertEquals([err.includes("\x1b"), err.split("\n").length], [false, 2]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("run - reads standard input and calls it so", async () => {
  const script = "create --size 4KiB --as a\\nclose b\\n";
  const { code, stdout, stderr } = await shell(
    `printf '${script}' | boctl --device sim:panthor run -`,
  );
  assertEquals(code, 2);
  assertEquals(stdout.split("\n")[0], "1: create --size 4KiB --as a");
  assertEquals(
    stderr,
    'boctl: (standard input):2:7: no object is named "b"\n' +
      '  hint: Did you mean "a"? Held: panthor, a.\n',
  );
});

Deno.test("run - twice in one process is told that standard input is empty by then", async () => {
  const line = "printf 'list\\n' | boctl --device sim:panthor run - , run -";
  const { code, stdout, stderr } = await shell(line);
  assertEquals([code, stderr], [2, "boctl: (standard input): there is no command in it\n"]);
  assertEquals(stdout.match(/PASS \(standard input\)/g)?.length, 1);
});
