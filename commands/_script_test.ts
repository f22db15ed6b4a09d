import { assertEquals, assertThrows } from "@std/assert";
import { type BoctlError, CheckFailed, KernelRefusal, NoDevice, UsageError } from "../errors.ts";
import { hostilePieces, randomTexts } from "../syntax/_random_text.ts";
import type { Result } from "./command.ts";
import { judge, parseScript, placeOf } from "./_script.ts";

Deno.test("parseScript() reads one command a line, with its line and columns", () => {
  const statements = parseScript(
    "# a comment\r\n\ncreate --size 4KiB   # one\r\n  expect EACCES  mmap a --write '0=de ad'\nlist",
  );
  assertEquals(
    statements.map(({ line, words, expectation }) => [
      line,
      words.map(({ text }) => text).join("|"),
      words[0]?.column,
      expectation?.text,
    ]),
    [
      [3, "create|--size|4KiB", 1, undefined],
      [4, "mmap|a|--write|0=de ad", 18, "EACCES"],
      [5, "list", 1, undefined],
    ],
  );
});

Deno.test("parseScript() names line and column of what cannot be read", () => {
  const cases: readonly (readonly [string, number, number, string])[] = [
    ["list\nclose 'a", 2, 7, "the quote ' is not closed"],
    ["list\n\nlist \\", 3, 6, "\\ at the end of the line"],
    ["expect", 1, 1, "expect: a condition and a command must follow"],
    ["expect ok", 1, 1, "expect: a condition and a command must follow"],
    ["list\n  expect EFOO list", 2, 10, 'expect: "EFOO" is no expectation'],
    ["expect bytes=zz list", 1, 8, 'expect: "zz" is not hexadecimal'],
    ["expect exit=x list", 1, 8, 'expect: "exit=x" is no expectation'],
    ["expect constructor list", 1, 8, 'expect: "constructor" is no expectation'],
  ];
  for (const [text, line, column, message] of cases) {
    const error = assertThrows(() => parseScript(text), UsageError, message);
    assertEquals(placeOf(error), { line, column }, text);
  }
});

Deno.test("parseScript() throws nothing but UsageError with a place, whatever it is given", () => {
  const pieces = [...hostilePieces, "\n", " ", "expect", "bytes=", "exit=", "EACCES", "ok"];
  for (const text of randomTexts(pieces, { count: 4000, most: 20, seed: 11 })) {
    try {
      parseScript(text);
    } catch (error) {
      if (error instanceof UsageError && placeOf(error) !== undefined) continue;
      throw new Error(JSON.stringify(text), { cause: error });
    }
  }
});

const done: Result = { data: {}, text: "" };
const failed: Result = { data: {}, text: "", exitCode: 1 };
const bytes: Result = { data: {}, text: "", bytes: Uint8Array.of(0xde, 0xad) };
const stale: Result = { data: { stale: [{ offset: 0, length: 4 }] }, text: "" };
const fresh: Result = { data: { stale: [] }, text: "" };
const refused = new KernelRefusal("mmap", "ro", 13);
const noDevice = new NoDevice("/dev/dri/card0: EACCES", { errno: 13 });
const usage = new UsageError("no");

/** Undefined where the expectation held, else what was got instead. */
function got(condition: string, outcome: Result | BoctlError): string | undefined {
  const [statement] = parseScript(`expect ${condition} list`);
  const { expectation } = statement ?? {};
  if (expectation === undefined) throw new Error(condition);
  const error = outcome instanceof Error ? outcome : undefined;
  try {
    judge(expectation, outcome instanceof Error ? undefined : outcome, error);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof CheckFailed)) throw thrown;
    assertEquals(thrown.message.startsWith(`expected ${condition}, got `), true, thrown.message);
    return thrown.message.slice(`expected ${condition}, got `.length);
  }
}

Deno.test("an expectation that holds says nothing", () => {
  const cases: readonly (readonly [string, Result | BoctlError])[] = [
    ["ok", done],
    ["EACCES", refused],
    ["EACCES", noDevice],
    ["exit=0", done],
    ["exit=1", failed],
    ["exit=2", usage],
    ["exit=3", refused],
    ["exit=4", noDevice],
    ["bytes=dead", bytes],
    ["bytes=DE_AD", bytes],
    ["stale", stale],
    ["fresh", fresh],
  ];
  for (const [condition, outcome] of cases) assertEquals(got(condition, outcome), undefined);
});

Deno.test("an expectation that does not hold says what was got", () => {
  const cases: readonly (readonly [string, Result | BoctlError, string])[] = [
    ["ok", refused, "EACCES (mmap on ro: EACCES)"],
    ["ok", usage, "exit 2 (no)"],
    ["ok", failed, "exit 1"],
    ["EACCES", done, "ok"],
    ["EINVAL", refused, "EACCES (mmap on ro: EACCES)"],
    ["EACCES", usage, "exit 2 (no)"],
    ["EACCES", failed, "exit 1"],
    ["exit=3", done, "ok"],
    ["exit=0", failed, "exit 1"],
    ["exit=4", refused, "EACCES (mmap on ro: EACCES)"],
    ["bytes=beef", bytes, "bytes=dead"],
    ["bytes=dead00", bytes, "bytes=dead"],
    ["bytes=dead", done, "no bytes: the command reads none (--read RANGE)"],
    ["bytes=dead", refused, "EACCES (mmap on ro: EACCES)"],
    ["stale", fresh, "fresh bytes"],
    ["fresh", stale, "stale bytes"],
    ["stale", done, "no device read"],
    ["fresh", refused, "EACCES (mmap on ro: EACCES)"],
  ];
  for (const [condition, outcome, text] of cases) assertEquals(got(condition, outcome), text);
});
