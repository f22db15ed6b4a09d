import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { Baseline, formatBaseline, type KnownFinding } from "./baseline.ts";

const late: KnownFinding = { rule: "late-rdwr", file: "a.boctl", line: "export a --rdwr" };
const cached: KnownFinding = { rule: "cached-export", file: "a.boctl", line: "export a" };
const judged = new Set(["late-rdwr", "cached-export"]);

Deno.test("a baseline knows as many findings as were written, however their line is indented", () => {
  const text = formatBaseline([late, cached, late]);
  assertEquals(text, formatBaseline([cached, late, late]));
  const baseline = Baseline.parse(text, "b.json");
  assertEquals(baseline.takes({ ...late, line: "  export  a\t--rdwr " }), true);
  assertEquals(baseline.takes({ ...late, file: "./a.boctl" }), true);
  assertEquals(baseline.takes(late), false, "the third of two");
  assertEquals(baseline.takes({ ...cached, line: "export b" }), false);
  assertEquals(baseline.takes({ ...cached, file: "b.boctl" }), false);
  assertEquals(baseline.takes({ ...cached, rule: "late-rdwr" }), false);
});

Deno.test("a baseline tells entries that were found no more, of what was judged", () => {
  const baseline = (): Baseline => Baseline.parse(formatBaseline([late, cached]), "b.json");
  assertEquals(baseline().stale(new Set(["./a.boctl"]), judged), [cached, late]);
  assertEquals(baseline().stale(new Set(["b.boctl"]), judged), []);
  assertEquals(baseline().stale(new Set(["a.boctl"]), new Set(["late-rdwr"])), [late]);
  const half = baseline();
  half.takes(late);
  assertEquals(half.stale(new Set(["a.boctl"]), judged), [cached]);
  const gone = { ...late, rule: "no-more" };
  assertEquals(
    Baseline.parse(formatBaseline([gone]), "b.json").stale(new Set(["a.boctl"]), judged),
    [gone],
  );
});

Deno.test("Baseline.parse() refuses what is none", () => {
  const findings = (entry: unknown): string =>
    JSON.stringify({ "boctl-baseline": 1, findings: [entry] });
  const wrong: readonly (readonly [string, string])[] = [
    ["", "is no JSON"],
    ["[]", "is no baseline of version 1"],
    ['{"boctl-baseline": 2, "findings": []}', "is no baseline of version 1"],
    [findings({ ...late }), "finding 1: wanted"],
    [findings({ ...late, count: 0 }), "finding 1: wanted"],
    [findings({ ...late, count: 1, more: 1 }), "finding 1: wanted"],
    [findings(null), "finding 1: wanted"],
  ];
  for (const [text, message] of wrong) {
    assertThrows(() => Baseline.parse(text, "b.json"), UsageError, message, text);
  }
});
