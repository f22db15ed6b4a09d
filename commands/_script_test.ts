import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { hostilePieces, randomTexts } from "../syntax/_random_text.ts";
import type { Word } from "../syntax/words.ts";
import { locationOf } from "./_location.ts";
import { parseScript, type Statement } from "./_script.ts";

function texts(words: readonly Word[] | undefined): string | undefined {
  return words?.map(({ text }) => text).join("|");
}

/** A statement as one line, its body in brackets. */
function told(statement: Statement): string {
  const { kind, at, words } = statement;
  const head = `${at.line} ${kind} ${texts(words)}`;
  return "body" in statement ? `${head} [${statement.body.map(told).join("; ")}]` : head;
}

Deno.test("parseScript() reads one command a line, with its line and columns", () => {
  const { statements } = parseScript(
    "# a comment\r\n\ncreate --size 4KiB   # one\r\n  expect EACCES  mmap a --write '0=de ad'\nlist",
    "f",
  );
  assertEquals(
    statements.map((statement) => [
      statement.at.line,
      texts(statement.words),
      statement.words[0]?.column,
      statement.kind === "command" ? texts(statement.condition) : undefined,
    ]),
    [
      [3, "create|--size|4KiB", 1, undefined],
      [4, "mmap|a|--write|0=de ad", 18, "EACCES"],
      [5, "list", 1, undefined],
    ],
  );
});

Deno.test("parseScript() reads set, require, include and nested repeats", () => {
  const { statements, includes } = parseScript(
    "set n 2\nrequire driver panthor\nrepeat $n as j\n  list\n  repeat 3\n    list\n  end\nend\n" +
      "include lib.boctl\nexpect json size=1 list",
    "f",
  );
  assertEquals(statements.map(told), [
    "1 set set|n|2",
    "2 require driver|panthor",
    "3 repeat repeat|$n|as|j [4 command list; 5 repeat repeat|3 [6 command list]]",
    "9 include include|lib.boctl []",
    "10 command list",
  ]);
  const [, , outer, , last] = statements;
  assertEquals(outer?.kind === "repeat" && outer.variable, "j");
  assertEquals(last?.kind === "command" && texts(last.condition), "json|size=1");
  assertEquals(includes.map(({ statement }) => statement.file), ["lib.boctl"]);
});

Deno.test("parseScript() takes quoted words of a line's beginning as words of the language, too", () => {
  assertEquals(parseScript("'set' a 1\n$x a", "f").statements.map(({ kind }) => kind), [
    "set",
    "command",
  ]);
});

Deno.test("parseScript() names line and column of what cannot be read", () => {
  const cases: readonly (readonly [string, number, number, string])[] = [
    ["list\nclose 'a", 2, 7, "the quote ' is not closed"],
    ["list\n\nlist \\", 3, 6, "\\ at the end of the line"],
    ["expect", 1, 1, "expect: a condition and a command must follow"],
    ["expect ok", 1, 1, "expect: a condition and a command must follow"],
    ["expect json size=1", 1, 1, "expect: a condition and a command must follow"],
    ["set", 1, 1, "set: a name and a value must follow"],
    ["set a", 1, 1, "set: a name and a value must follow"],
    ["set 1a 2", 1, 5, 'set: "1a" is not a variable\'s name'],
    ["set $a 2", 1, 5, "set: the name is taken as it is"],
    ["set a b c", 1, 9, '"c" is one word too many'],
    ["repeat", 1, 1, "repeat: a number must follow"],
    ["repeat 2 times\nend", 1, 10, '"times" is one word too many'],
    ["repeat 2 as\nend", 1, 10, "repeat: as needs a name"],
    ["repeat 2 as 3\nend", 1, 13, 'repeat: "3" is not a variable\'s name'],
    ["repeat 2 as i j\nend", 1, 15, '"j" is one word too many'],
    ["list\n repeat 2\nlist", 2, 2, "repeat has no end"],
    ["repeat 2\nrepeat 3\nend", 1, 1, "repeat has no end"],
    ["repeat 2\nend\n  end", 3, 3, "end: no repeat is open"],
    ["repeat 2\nend it", 2, 5, '"it" is one word too many'],
    ["include", 1, 1, "include: a file must follow"],
    ["include ''", 1, 1, "include: a file must follow"],
    ["include a b", 1, 11, '"b" is one word too many'],
    ["include a/$b", 1, 9, "its name is taken as it is: no variables"],
    [`${"repeat 1\n".repeat(33)}`, 33, 1, "more than 32 deep"],
  ];
  for (const [text, line, column, message] of cases) {
    const error = assertThrows(() => parseScript(text, "f"), UsageError, message);
    assertEquals(locationOf(error), { file: "f", line, column }, text);
  }
});

Deno.test("parseScript() throws nothing but UsageError with a place, whatever it is given", () => {
  const pieces = [
    ...hostilePieces,
    ...["\n", "\n", "\n", " ", " ", "expect", "bytes=", "exit=", "EACCES", "ok", "json", "list"],
    ...["set", "repeat", "end", "include", "require", "as", "$i", "${", "2"],
  ];
  for (const text of randomTexts(pieces, { count: 4000, most: 30, seed: 11 })) {
    try {
      parseScript(text, "f");
    } catch (error) {
      if (error instanceof UsageError && locationOf(error) !== undefined) continue;
      throw new Error(JSON.stringify(text), { cause: error });
    }
  }
});
