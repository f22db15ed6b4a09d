import { assert, assertEquals } from "@std/assert";
import { validate } from "../tools/_json_schema.ts";
import { boctl, withScript } from "./_test_kit.ts";

const stale = [
  "create --size 4KiB --cached --as a",
  "mmap a --write 0=aabbccdd",
  "device read a 0:128",
  "export a",
  "export a --rdwr  # boctl: ignore late-rdwr -- meant",
];

interface Answer {
  readonly ok?: boolean;
  readonly result?: { readonly verdict?: string; readonly findings?: readonly unknown[] };
  readonly error?: { readonly soFar?: unknown };
}

interface Sarif {
  readonly runs: readonly [{
    readonly tool: {
      readonly driver: { name?: string; readonly rules: readonly { id: string }[] };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      level: string;
      readonly suppressions: readonly unknown[];
    }[];
  }];
}

async function sarifOf(file: string): Promise<Sarif> {
  return JSON.parse(await Deno.readTextFile(file)) as Sarif;
}

async function answerOf(line: string): Promise<Answer> {
  const { out } = await boctl(line);
  return JSON.parse(out) as Answer;
}

/** Changes a copy of a value. */
function changed(answer: Answer, change: (copy: Record<string, unknown>) => void): unknown {
  const copy = structuredClone(answer) as Record<string, unknown>;
  change(copy);
  return copy;
}

Deno.test("policy-check --json is as schemas/policy-check.schema.json says", async () => {
  await withScript(stale, async (path) => {
    await withScript([...stale, "mmap db1 --write 0=aa"], async (ends) => {
      const on = "--device sim:panthor --json policy-check";
      const failing = await answerOf(`${on} ${path}`);
      const nothing = await answerOf(on);
      const ended = await answerOf(`${on} ${ends}`);
      const refused = await answerOf(`${on} --select no-rule`);
      const line = await answerOf(`${on} ${path} --select late-rdwr --profile kernel`);
      assertEquals(failing.result?.verdict, "fail");
      assertEquals(nothing.result?.verdict, "skip");
      assert(ended.error?.soFar !== undefined);
      assert(refused.error !== undefined);
      const right = [failing, nothing, ended, refused, line];
      const wrong = [
        changed(failing, (copy) => delete copy.schema),
        changed(failing, (copy) => copy.error = {}),
        changed(failing, (copy) => (copy.result as Record<string, unknown>).more = 1),
        changed(failing, (copy) => (copy.result as Record<string, unknown>).verdict = "bad"),
        changed(failing, (copy) => (copy.result as Record<string, unknown>).findings = [{}]),
        changed(ended, (copy) => (copy.error as Record<string, unknown>).soFar = {}),
      ];
      const told = await validate("schemas/policy-check.schema.json", [...right, ...wrong]);
      assertEquals(told.slice(0, right.length), right.map(() => []));
      for (const [i, problems] of told.slice(right.length).entries()) {
        assert(problems.length > 0, `change ${i + 1} should be against the schema`);
      }
    });
  });
});

Deno.test("policy-check --sarif is valid against the schema of SARIF 2.1.0", async () => {
  await withScript(stale, async (path) => {
    const folder = await Deno.makeTempDir();
    try {
      const file = `${folder}/o.sarif`;
      await boctl(`--device sim:panthor policy-check ${path} --sarif ${file}`);
      const ofScript = await sarifOf(file);
      await boctl(
        `--device sim:qemu create --size 4KiB --as a , export a , export a --rdwr , ` +
          `policy-check --sarif ${file}`,
      );
      const ofLine = await sarifOf(file);
      await boctl(`--device sim:panthor policy-check --sarif ${file}`);
      const empty = await sarifOf(file);
      const [run] = ofScript.runs;
      const { rules } = run.tool.driver;
      for (const { ruleId, ruleIndex } of run.results) assertEquals(rules[ruleIndex]?.id, ruleId);
      const ignored = run.results.filter(({ suppressions }) => suppressions.length > 0);
      assertEquals(ignored.map(({ ruleId }) => ruleId), ["late-rdwr"]);
      assertEquals(ignored[0]?.suppressions, [{ kind: "inSource", justification: "meant" }]);
      assert(ofLine.runs[0].results.length > 0);
      const wrong = structuredClone(ofScript);
      for (const result of wrong.runs[0].results) result.level = "fatal";
      const unnamed = structuredClone(ofScript);
      delete unnamed.runs[0].tool.driver.name;
      const [a, b, c, ...bad] = await validate("sarif", [ofScript, ofLine, empty, wrong, unnamed]);
      assertEquals([a, b, c], [[], [], []]);
      for (const problems of bad) assert(problems.length > 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

Deno.test("schemas/boctl.schema.json takes and refuses what boctl.jsonc may have", async () => {
  const all = {
    $schema: "x",
    select: ["late-rdwr"],
    ignore: [],
    severity: "note",
    profile: "kernel",
    baseline: "known.json",
  };
  const bad = [{ slect: [] }, { select: [] }, { severity: "bad" }, { baseline: "" }, []];
  const told = await validate("schemas/boctl.schema.json", [all, {}, ...bad]);
  assertEquals(told.slice(0, 2), [[], []]);
  for (const problems of told.slice(2)) assert(problems.length > 0);
});
