// The pairs of fixtures/policy/: for each rule a script that breaks it and one, nearly the same, that
// does not. Their headers say the board and all that policy-check finds, notes included.
import { assert, assertEquals } from "@std/assert";
import { rules } from "../policy/_index.ts";
import { boctl } from "./_test_kit.ts";

const FOLDER = new URL("../fixtures/policy/", import.meta.url);
/** Statements by which a pair may differ, on either side. */
const NEARLY = 3;

interface Pair {
  readonly path: string;
  readonly board: string;
  readonly expected: readonly string[];
  readonly statements: readonly string[];
}

function header(text: string, name: string): string {
  const value = new RegExp(`^# ${name}: (.+)$`, "m").exec(text)?.[1];
  assert(value !== undefined, `no "# ${name}:" line`);
  return value;
}

function read(rule: string, name: "breaks" | "keeps"): Pair {
  const path = new URL(`${rule}/${name}.boctl`, FOLDER);
  const text = Deno.readTextFileSync(path);
  const lines = text.split("\n").filter((line) => line !== "");
  assert(/^# [A-Z].*$/.test(lines[0] ?? ""), `${path}: the header does not begin with a reason`);
  const ids = header(text, "policy");
  return {
    path: path.pathname,
    board: header(text, "board"),
    expected: ids === "none" ? [] : ids.split(" "),
    statements: lines.filter((line) => !line.startsWith("#")),
  };
}

/** The rules that find something, in order. */
async function found({ path, board }: Pair): Promise<string[]> {
  const { out, err } = await boctl(`--json --device ${board} policy-check ${path} --notes`);
  const answers = out.split("\n").map((line): Record<string, unknown> => JSON.parse(line));
  const answer = answers.find(({ command }) => command === "policy-check");
  assert(answer?.["ok"] !== undefined && err === "", err);
  const { findings } = answer["result"] as { readonly findings: readonly { rule: string }[] };
  return [...new Set(findings.map(({ rule }) => rule))].sort();
}

Deno.test("every rule has a pair of scripts, and every pair a rule", () => {
  const folders = Array.from(Deno.readDirSync(FOLDER), ({ name }) => name).sort();
  assertEquals(folders, Object.keys(rules).sort());
});

Deno.test("the two scripts of a pair differ in a few statements or in the board", () => {
  for (const rule of Object.keys(rules)) {
    const [breaks, keeps] = [read(rule, "breaks"), read(rule, "keeps")];
    const only = (one: Pair, other: Pair): string[] =>
      one.statements.filter((line) => !other.statements.includes(line));
    const [a, b] = [only(breaks, keeps), only(keeps, breaks)];
    assert(a.length <= NEARLY && b.length <= NEARLY, `${rule}: ${a.join("; ")} | ${b.join("; ")}`);
    assertEquals(a.length + b.length > 0, breaks.board === keeps.board, rule);
  }
});

for (const rule of Object.keys(rules)) {
  Deno.test(`fixtures/policy/${rule}: one script breaks it, the other does not`, async () => {
    const [breaks, keeps] = [read(rule, "breaks"), read(rule, "keeps")];
    assert(breaks.expected.includes(rule));
    assert(!keeps.expected.includes(rule));
    assertEquals(await found(breaks), breaks.expected);
    assertEquals(await found(keeps), keeps.expected);
  });
}
