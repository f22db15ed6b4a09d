// docs/uapi_coverage.md, held against the cases that it names.
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { exists } from "../vm/cache.ts";
import { reproductions } from "./_reproductions.ts";
import { callCases } from "./calls/mod.ts";
import { cases } from "./cases/mod.ts";

interface Entry {
  readonly id: string;
  readonly names: readonly string[];
}

const root = new URL("..", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/uapi_coverage.md", root));

/** Entries: `- **ID** statement`, and below it the names of cases between backticks. */
const entries: readonly Entry[] = page.split(/^- (?=\*\*)/m).slice(1).map((text) => {
  const own = text.split(/^## /m)[0] ?? "";
  const id = /^\*\*(.+?)\*\*/.exec(own)?.[1] ?? "";
  const list = own.slice(own.indexOf("\n  - "));
  return { id, names: [...list.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name) };
});

const known = new Set([
  ...callCases.map(({ name }) => name),
  ...cases.map(({ name }) => name),
  ...reproductions.map(({ name }) => `${name}.boctl`),
]);

/** The names of the tests of a file, as they are written there; none where there is no file. */
async function testsIn(path: string): Promise<readonly string[]> {
  const file = new URL(path, root);
  if (!await exists(decodeURIComponent(file.pathname))) return [];
  const source = await Deno.readTextFile(file);
  return [...source.matchAll(/^Deno\.test\("(.+?)", /gm)].map(([, name = ""]) => name);
}

/** Whether a name is a case's, a script's, a file's, or `FILE: TEST`. */
async function isHeld(name: string): Promise<boolean> {
  if (known.has(name)) return true;
  const [path = "", ...rest] = name.split("_test.ts: ");
  if (rest.length > 0) return (await testsIn(`${path}_test.ts`)).includes(rest.join("_test.ts: "));
  return name.endsWith("_test.ts") &&
    await exists(decodeURIComponent(new URL(name, root).pathname));
}

Deno.test("each entry of the coverage page has an id of its own and a case that exists", async () => {
  const ids = entries.map(({ id }) => id);
  assertEquals(ids.filter((id, i) => ids.indexOf(id) !== i), []);
  for (const { id, names } of entries) {
    assertMatch(id, /^\d(\.\d)?-[a-z0-9-]+$/);
    assertNotEquals(names, [], id);
    for (const name of names) assertEquals(await isHeld(name) ? "" : name, "", id);
  }
});

Deno.test("each call case is named on the coverage page", () => {
  const named = new Set(entries.flatMap(({ names }) => names));
  assertEquals(callCases.map(({ name }) => name).filter((name) => !named.has(name)), []);
});

Deno.test("each reproduction of these drivers is named on the coverage page", () => {
  const named = new Set(entries.flatMap(({ names }) => names));
  const others = ["reimport-gives-the-same-handle.boctl"];
  // Those of a board alone show what a device reads, no call that a page could list.
  const scripts = reproductions.filter(({ on }) => on.length > 0).map(({ name }) =>
    `${name}.boctl`
  );
  assertEquals(
    [...new Set(scripts)].filter((name) => !named.has(name) && !others.includes(name)),
    [],
  );
});
