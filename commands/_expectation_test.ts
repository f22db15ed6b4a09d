import { assertEquals, assertThrows } from "@std/assert";
import { BoctlError, KernelRefusal, NoDevice, UsageError } from "../errors.ts";
import { rules } from "../policy/_index.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { splitWords } from "../syntax/words.ts";
import { Workspace } from "../workspace/workspace.ts";
import type { Result } from "./command.ts";
import { parseExpectation } from "./_expectation.ts";
import { ExpectationFailed, judge } from "./_judge.ts";

const done: Result = { data: {}, text: "" };
const failed: Result = { data: {}, text: "", exitCode: 1 };
const bytes: Result = { data: {}, text: "", bytes: Uint8Array.of(0xde, 0xad) };
const stale: Result = { data: { stale: [{ offset: 0, length: 4 }] }, text: "" };
const fresh: Result = { data: { stale: [] }, text: "" };
const facts: Result = {
  data: { name: "a", size: 8192, big: 7n, flag: true, none: null, list: [{ x: "1" }, 2], of: {} },
  text: "",
};
const refused = new KernelRefusal("mmap", "ro", 13);
const noDevice = new NoDevice("/dev/dri/card0: EACCES", { errno: 13 });
const usage = new UsageError("no");

function parsed(condition: string): ReturnType<typeof parseExpectation> {
  return parseExpectation(splitWords(condition).map(({ text }) => text));
}

/** Undefined where the expectation held, else what was got instead and its kind. */
async function got(
  condition: string,
  outcome: Result | BoctlError,
): Promise<readonly [string, string] | undefined> {
  const workspace = new Workspace(openSimulatedKernel(loadBoard("panthor")));
  const expectation = parsed(condition);
  try {
    const happened = outcome instanceof BoctlError ? { error: outcome } : { result: outcome };
    await judge(expectation, happened, workspace, 0);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof ExpectationFailed)) throw thrown;
    const head = `expected ${expectation.text}, got `;
    assertEquals(thrown.message.startsWith(head), true, thrown.message);
    return [thrown.message.slice(head.length), thrown.outcome];
  } finally {
    workspace.close();
  }
}

Deno.test("an expectation that holds says nothing", async () => {
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
    ["json size=8192", facts],
    ["json name=a", facts],
    [`json 'name="a"'`, facts],
    ["json big=7", facts],
    ["json flag=true", facts],
    ["json none=null", facts],
    ["json list[0].x=1", facts],
    ["json list[1]=2", facts],
    [`json 'list=[{ "x": "1" }, 2]'`, facts],
    ["json of={}", facts],
  ];
  for (const [condition, outcome] of cases) {
    assertEquals(await got(condition, outcome), undefined, condition);
  }
});

Deno.test("an expectation that does not hold says what was got", async () => {
  const eacces = ["EACCES (mmap on ro: EACCES)", "EACCES"] as const;
  const keys = "the result has name, size, big, flag, none, list, of";
  const nothing = "nothing there";
  const cases: readonly (readonly [string, Result | BoctlError, readonly [string, string]])[] = [
    ["ok", refused, eacces],
    ["ok", usage, ["exit 2 (no)", "exit 2"]],
    ["ok", failed, ["exit 1", "exit 1"]],
    ["EACCES", done, ["ok", "ok"]],
    ["EINVAL", refused, eacces],
    ["EACCES", usage, ["exit 2 (no)", "exit 2"]],
    ["EACCES", failed, ["exit 1", "exit 1"]],
    ["exit=3", done, ["ok", "ok"]],
    ["exit=0", failed, ["exit 1", "exit 1"]],
    ["exit=4", refused, eacces],
    ["bytes=beef", bytes, ["bytes=dead", "bytes=dead"]],
    ["bytes=dead00", bytes, ["bytes=dead", "bytes=dead"]],
    ["bytes=be", { ...bytes, ...stale, bytes: Uint8Array.of(0) }, ["bytes=00", "bytes=00, stale"]],
    ["bytes=dead", done, ["no bytes: the command reads none (--read RANGE)", "no bytes"]],
    ["bytes=dead", refused, eacces],
    ["stale", fresh, ["fresh bytes", "fresh bytes"]],
    ["fresh", stale, ["stale bytes", "stale bytes"]],
    ["stale", done, ["no device read", "no device read"]],
    ["fresh", refused, eacces],
    ["json size=4096", facts, ["size=8192", "another value"]],
    ["json name=b", facts, ['name="a"', "another value"]],
    ["json flag=1", facts, ["flag=true", "another value"]],
    ["json size=1", refused, eacces],
    ["json sise=1", facts, [`no sise: ${keys}`, nothing]],
    ["json constructor=1", facts, [`no constructor: ${keys}`, nothing]],
    ["json list[2]=1", facts, ["no list[2]: list has 2 entries", nothing]],
    ["json list.length=2", facts, ["no list.length: list has 2 entries", nothing]],
    ["json list[0].y=1", facts, ["no list[0].y: list[0] has x", nothing]],
    ["json size.x=1", facts, ["no size.x: size has no parts", nothing]],
    ["json of.x=1", facts, ["no of.x: of is empty", nothing]],
    ["violation=late-rdwr", done, ["no such finding", "no such finding"]],
    [
      "violation=late-rdwr",
      refused,
      ["no such finding, but EACCES (mmap on ro: EACCES)", "no such finding"],
    ],
  ];
  for (const [condition, outcome, text] of cases) {
    assertEquals(await got(condition, outcome), text, condition);
  }
});

Deno.test("parseExpectation() names the word that is wrong", () => {
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ["EFOO", "EFOO", 'expect: "EFOO" is no expectation'],
    ["constructor", "constructor", 'expect: "constructor" is no expectation'],
    ["exit=x", "exit=x", 'expect: "exit=x" is no expectation'],
    ["bytes=zz", "zz", 'expect: "zz" is not hexadecimal'],
    ["json", undefined, "expect json: PATH=VALUE must follow"],
    ["json size", "size", "expect json: PATH=VALUE must follow"],
    ["json =1", "=1", '"" is no path into a result'],
    ["json a..b=1", "a..b=1", '"a..b" is no path'],
    ["json [0]=1", "[0]=1", '"[0]" is no path'],
    ["json a[x]=1", "a[x]=1", '"a[x]" is no path'],
    ["json .a=1", ".a=1", '".a" is no path'],
    ["violation=late-rdwrr", "late-rdwrr", 'expect: no rule is called "late-rdwrr"'],
    ["violation=toString", "toString", 'expect: no rule is called "toString"'],
  ];
  for (const [condition, word, message] of cases) {
    const error = assertThrows(() => parsed(condition), UsageError, message);
    assertEquals(error.word, word, condition);
  }
  const error = assertThrows(() => parsed("violation=late-rdwrr"), UsageError);
  assertEquals(error.hint?.startsWith('Did you mean "late-rdwr"?'), true);
  for (const rule of Object.keys(rules)) {
    assertEquals(parsed(`violation=${rule}`).wanted, { kind: "violation", rule });
  }
});
