/** What a JUnit report of `deno test` says. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of the failed tests, with their files. */
  readonly failures: readonly string[];
}

/**
 * Counts the tests in a JUnit report as Deno writes it. Steps of a test are cases of their own.
 */
export function countTests(xml: string): TestCounts {
  let passed = 0;
  let skipped = 0;
  const failures: string[] = [];
  for (const match of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)) {
    const [, attributes = "", body = ""] = match;
    if (/<(?:failure|error)\b/.test(body)) failures.push(titleOf(attributes));
    else if (/<skipped\b/.test(body)) skipped++;
    else passed++;
  }
  return { passed, failed: failures.length, skipped, failures };
}

function titleOf(attributes: string): string {
  const name = attribute(attributes, "name");
  const file = attribute(attributes, "classname");
  return file === "" ? name : `${file}: ${name}`;
}

function attribute(attributes: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return value.replace(/&(lt|gt|quot|apos|amp|#\d+);/g, (_, entity: string) => decoded(entity));
}

function decoded(entity: string): string {
  if (entity.startsWith("#")) return String.fromCodePoint(Number(entity.slice(1)));
  const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return named[entity] ?? entity;
}
