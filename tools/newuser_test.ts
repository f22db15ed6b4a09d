// What somebody who makes mistakes sees: the right exit code, one line that names what is wrong, a
// way on, JSON where JSON was asked for, and never a stack trace.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../errors.ts";
import { assertNoTrace, boctl, type Ended, lastAnswer, shell } from "./_boctl.ts";

/** A command line, how it must end, and what its message must contain. */
interface Mistake {
  readonly line: string;
  readonly code: number;
  readonly says: readonly string[];
}

const SIM = "--device sim:panthor";
const { usage, kernelRefused, noDevice, notSupported } = exitCodes;

const mistakes: readonly Mistake[] = [
  // Names: the nearest one is told.
  { line: "crate --size 4KiB", code: usage, says: ['unknown command "crate"', '"create"'] },
  { line: "create --siz 4KiB", code: usage, says: ['"--siz"', "--size"] },
  { line: "--devcie sim:panthor list", code: usage, says: ['"--devcie"', "--device"] },
  { line: "explain lat-rdwr", code: usage, says: ['"lat-rdwr"', '"late-rdwr"'] },
  { line: `${SIM} policy-check --select lat-rdwr`, code: usage, says: ["lat-rdwr", "late-rdwr"] },
  { line: `${SIM} ioctl . BO_SNC`, code: usage, says: ["BO_SNC", "BO_SYNC"] },
  { line: `${SIM} info nothing`, code: usage, says: ['"nothing"'] },
  // Words that are missing or too many.
  { line: "create --size", code: usage, says: ["--size needs a value"] },
  { line: "create --size 4KiB --size 8KiB", code: usage, says: ["--size is given 2 times"] },
  { line: "list extra", code: usage, says: ['"extra" is one word too many'] },
  { line: "run", code: usage, says: ["FILE is missing"] },
  { line: `${SIM} list , , list`, code: usage, says: ["command 2 is empty"] },
  // Sizes.
  { line: `${SIM} create --size -1`, code: usage, says: ['--size: "-1" is negative'] },
  { line: `${SIM} create --size many`, code: usage, says: ['--size: "many"', "4KiB"] },
  { line: `${SIM} create --size 0x`, code: usage, says: ['--size: "0x"'] },
  { line: `${SIM} create --size 4KB`, code: usage, says: ['unknown unit "KB"'] },
  {
    line: `${SIM} create --size 18446744073709551616`,
    code: usage,
    says: ["does not fit 64 bits"],
  },
  { line: `${SIM} create --size 0`, code: kernelRefused, says: ["BO_CREATE", "panthor", "EINVAL"] },
  // Ranges.
  ...[
    { range: "4:", says: "has no length" },
    { range: "10..4", says: "ends before it starts" },
    { range: "-1:64", says: "is negative" },
    { range: "0:-64", says: "is negative" },
    { range: "a:b", says: '"a"' },
    { range: "0xffffffffffffffff:2", says: "overflows 64 bits" },
    { range: "4095:2", says: "4096 bytes" },
    { range: "8KiB:64", says: "4096 bytes" },
  ].map(({ range, says }) => ({
    line: `${SIM} create --size 4KiB --cached , sync bo1 --range ${range}`,
    code: usage,
    says: ["--range", says],
  })),
  {
    line: `${SIM} create --size 4KiB --cached , sync bo1 --range 8KiB:64 --raw`,
    code: kernelRefused,
    says: ["BO_SYNC", "panthor", "EINVAL", "4096 bytes"],
  },
  {
    line: `${SIM} create --size 4KiB , mmap bo1 --read 4095:2`,
    code: usage,
    says: ["4096 bytes"],
  },
  { line: `${SIM} create --size 4KiB , mmap bo1 --write 0=zz`, code: usage, says: ["zz"] },
  {
    line: `${SIM} create --heap system --size 4KiB --as h , sync h`,
    code: usage,
    says: ["--whole"],
  },
  // Devices.
  {
    line: "--device sim:nowhere list",
    code: noDevice,
    says: ['"nowhere"', "boctl devices --boards"],
  },
  { line: "--device sim:./missing.json list", code: noDevice, says: ["missing.json"] },
  { line: `--backend live ${SIM} list`, code: usage, says: ["--backend live forbids"] },
  { line: "--backend neither list", code: usage, says: ['"neither"', "live, sim"] },
  { line: `${SIM} create --heap missing --size 4KiB`, code: noDevice, says: ["missing"] },
  {
    line: "--device sim:panfrost create --size 4KiB --private",
    code: notSupported,
    says: ["panfrost", "private"],
  },
  // Files.
  { line: `${SIM} run missing.boctl`, code: usage, says: ["missing.boctl: there is no such file"] },
  { line: `${SIM} run fixtures`, code: usage, says: ["fixtures: is a directory"] },
  {
    line: `${SIM} create --size 4KiB , mmap bo1 --write 0=@missing.bin`,
    code: usage,
    says: ["missing.bin"],
  },
];

for (const { line, code, says } of mistakes) {
  Deno.test(`boctl ${line}: exit ${code} and ${says.join(", ")}`, async () => {
    const words = line.split(" ");
    const [text, json] = await Promise.all([boctl(words), boctl(["--json", ...words])]);
    for (const ended of [text, json]) {
      assertNoTrace(ended);
      assertEquals(ended.code, code, ended.stderr);
    }
    assertMatch(text.stderr, /^boctl: .+\n( {2}hint: .+\n)?$/);
    const answer = lastAnswer(json);
    assertEquals([answer.schema, answer.ok, json.stderr], ["boctl/1", false, ""]);
    const { exitCode, message, hint = "" } = answer.error as Record<string, string | number>;
    assertEquals(exitCode, code);
    for (const part of says) {
      assertStringIncludes(text.stderr, part);
      assertStringIncludes(`${message} ${hint}`, part);
    }
  });
}

Deno.test("boctl without arguments shows the overview and is wrong usage", async () => {
  const ended = await boctl([]);
  assertEquals(ended.code, usage);
  assertStringIncludes(ended.stdout + ended.stderr, "Usage: boctl");
});

Deno.test("boctl --help, -h, help and COMMAND --help succeed", async () => {
  for (const line of ["--help", "-h", "help", "create --help", `${SIM} sync --help`]) {
    const ended = await boctl(line.split(" "));
    assertEquals([ended.code, ended.stderr], [0, ""], line);
    assertStringIncludes(ended.stdout, "Usage: boctl");
  }
});

Deno.test("boctl --version tells the version of deno.json, and Deno's", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  const { code, stdout } = await boctl(["--version"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, `boctl ${version} (Deno ${Deno.version.deno}`);
});

/** Runs a script of these lines from standard input. */
async function runScript(lines: readonly string[], options = ""): Promise<Ended> {
  const text = lines.map((line) => `'${line}'`).join(" ");
  const ended = await shell(`printf '%s\\n' ${text} | boctl ${SIM} run - ${options}`);
  assertNoTrace(ended);
  return ended;
}

Deno.test("a script with a wrong word names file, line and column", async () => {
  const lines = ["# nothing yet", "create --size 4KiB --as a", "  mmap a --red 0:4"];
  for (const options of ["", "--check"]) {
    const { code, stderr } = await runScript(lines, options);
    assertEquals(code, usage);
    assertStringIncludes(stderr, '(standard input):3:10: mmap: unknown option "--red"');
  }
});

Deno.test("a script whose expectation does not hold is exit 1 and names the line", async () => {
  const { code, stderr } = await runScript(["create --size 4KiB", "expect EACCES list"]);
  assertEquals(code, exitCodes.checkFailed);
  assertStringIncludes(stderr, "(standard input):2:15: expected EACCES, got ok");
});

Deno.test("a script of bytes that are no text is wrong usage and prints no control codes", async () => {
  const ended = await shell(`printf '\\377\\033[2J\\001' | boctl ${SIM} run -`);
  assertNoTrace(ended);
  assertEquals(ended.code, usage);
  // deno-lint-ignore no-control-regex -- control characters are what must not come out
  assert(!/[\x00-\x09\x0b-\x1f]/.test(ended.stderr), JSON.stringify(ended.stderr));
});
