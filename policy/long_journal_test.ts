import { assert, assertEquals } from "@std/assert";
import { chosenRules, runRules } from "./check.ts";
import { created, deviceWrites, journalOf, opened, reads } from "./_journal.ts";
import { brokenOften, longJournal } from "./_long_journal.ts";
import { rule as unseenRule } from "./missing_invalidate.ts";

/** Seconds that a check takes, and the rules that find something. */
async function cost(
  length: number,
  journal = longJournal,
): Promise<{ seconds: number; findings: Set<string> }> {
  const findings = new Set<string>();
  const rules = await chosenRules();
  const start = performance.now();
  runRules(rules, journal(length), ({ rule }) => void findings.add(rule));
  return { seconds: (performance.now() - start) / 1000, findings };
}

Deno.test("a long journal is checked once through, in time that grows as its length", async () => {
  await cost(50_000);
  const short = await cost(100_000);
  const long = await cost(400_000);
  // What the program of this journal does on purpose, and what its sudden end leaves open.
  const expected = ["cached-export", "cached-not-private", "left-open"];
  assertEquals([...long.findings].filter((rule) => !expected.includes(rule)), []);
  assert(
    long.seconds < short.seconds * 4 * 2.5 + 0.5,
    `${short.seconds} s for 100,000 entries, ${long.seconds} s for 400,000`,
  );
});

Deno.test("what is broken again and again costs no more each time", async () => {
  await cost(6_000, brokenOften);
  const short = await cost(6_000, brokenOften);
  const long = await cost(48_000, brokenOften);
  assertEquals(long.findings.has("begin-without-end"), true);
  assertEquals(long.findings.has("missing-clean"), true);
  assert(
    long.seconds < short.seconds * 8 * 2.5 + 0.5,
    `${short.seconds} s for 6,000 entries, ${long.seconds} s for 48,000`,
  );
});

Deno.test("writes of a device over many scattered lines cost no more for the lines", () => {
  const check = (writes: number): number => {
    const journal = journalOf([
      opened(),
      created({ size: 1 << 20 }),
      ...Array.from({ length: 8000 }, (_, i) => reads(i * 128, 4, { via: "node" })),
      ...Array.from({ length: writes }, () => deviceWrites(0, 1 << 20)),
    ]);
    const start = performance.now();
    runRules([unseenRule], journal, () => {});
    return performance.now() - start;
  };
  check(10);
  const [few, many] = [check(10), check(400)];
  assert(many < few + 2000, `${few} ms for 10 writes, ${many} ms for 400`);
});
