import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Sessions } from "../session/_test_kit.ts";
import { boctl as process } from "../tools/_boctl.ts";
import { boctl, withScript } from "./_test_kit.ts";

const SCRIPT = [
  "create --size 4KiB --cached --as a",
  "mmap a --write 0=aabbccdd",
  "mmap a --write 0x48=aabbccdd",
  "sync a --range 0:64 --for device --access w",
  "device read a 0:128",
];
const GOOD = SCRIPT.slice(0, 4);

async function withTrace<T>(
  lines: readonly string[],
  action: (trace: string, script: string) => Promise<T>,
): Promise<T> {
  return await withScript(lines, async (script) => {
    const trace = `${script}.jsonl`;
    try {
      await boctl(`--device sim:panthor --record ${trace} run ${script} --quiet`);
      return await action(trace, script);
    } finally {
      await Deno.remove(trace);
    }
  });
}

interface Finding {
  readonly rule: string;
  readonly message: string;
  readonly at: unknown;
  readonly events: unknown;
  readonly lines?: unknown;
}

async function findings(line: string): Promise<readonly unknown[]> {
  const { out } = await boctl(`${line} --json`);
  const { result } = JSON.parse(out) as { readonly result: { readonly findings: Finding[] } };
  return result.findings.map(({ rule, message, at, events, lines }) => ({
    rule,
    message,
    at,
    events,
    lines,
  }));
}

Deno.test("policy-check finds in a trace what it finds in the script, at the same places", async () => {
  await withTrace(SCRIPT, async (trace, script) => {
    const ofScript = await findings(`--device sim:panthor policy-check ${script}`);
    assert(ofScript.length > 1);
    assertEquals(await findings(`policy-check ${trace}`), ofScript);
    const { code, out } = await boctl(`policy-check ${trace}`);
    assertEquals([code, out.includes("FAIL")], [1, true]);
    assertStringIncludes(out, `FAIL ${trace} on sim:panthor, panthor 1.8: `);
  });
});

Deno.test("policy-check TRACE opens no device and calls no C library", async () => {
  await withTrace(SCRIPT, async (trace) => {
    const { code, stdout, stderr } = await process(["policy-check", trace], {
      permissions: ["--allow-read", "--deny-ffi", "--deny-env", "--deny-run", "--deny-write"],
    });
    assertEquals([code, stderr], [1, ""], stdout);
    assertStringIncludes(stdout, "device-read-of-stale-bytes");
  });
});

Deno.test("policy-check of a trace without events is a skip that says so, of no trace wrong usage", async () => {
  await withTrace(GOOD, async (trace) => {
    const lines = (await Deno.readTextFile(trace)).split("\n");
    const without = lines.filter((line) => !line.startsWith('{"call":"event"')).join("\n");
    assert(without.length < lines.join("\n").length);
    await Deno.writeTextFile(trace, without);
    const { code, err } = await boctl(`policy-check ${trace}`);
    assertEquals(code, 77);
    assertStringIncludes(err, "the trace holds no events that rules can judge");
    await Deno.writeTextFile(trace, `${lines[0]}\n{"call":"event","event":{}}\n`);
    const broken = await boctl(`policy-check ${trace}`);
    assertEquals([broken.code, broken.err.includes(`${trace}:2: event: `)], [2, true], broken.err);
  });
});

Deno.test("policy-check of nothing done is exit 77, and names no rule as kept", async () => {
  const { code, out } = await boctl("--device sim:qemu policy-check");
  assertEquals(code, 77);
  assertStringIncludes(out, "SKIP what was done so far");
  const lava = await boctl("--device sim:qemu policy-check --lava");
  assertEquals([lava.out.includes("RESULT=pass"), lava.out.includes("RESULT=skip")], [false, true]);
});

Deno.test("policy-check judges what a session did, and later its trace", async () => {
  await using sessions = new Sessions();
  const trace = `${sessions.runtime}/t.jsonl`;
  await sessions.boctl(`session start --device sim:qemu --record ${trace}`);
  for (const line of ["create --size 4KiB --as a", "export a", "export a --rdwr"]) {
    assertEquals((await sessions.boctl(line)).code, 0, line);
  }
  const live = await sessions.boctl("policy-check");
  assertEquals(live.code, 1, live.err);
  assertStringIncludes(live.out, "warning late-rdwr: ");
  assertStringIncludes(live.out, "      | export a --rdwr");
  await sessions.boctl("session stop");
  const later = await sessions.boctl(`policy-check ${trace} --session none`);
  const findingsOf = (out: string): string[] => out.split("\n").slice(0, -1);
  assertEquals(later.code, 1, later.err);
  assertEquals(findingsOf(later.out), findingsOf(live.out));
});

Deno.test("run --policy fails on a finding, of one script and of several", async () => {
  await withScript(SCRIPT, async (bad) => {
    await withScript(["create --size 4KiB --as a", "close a"], async (good) => {
      const on = "--device sim:panthor run";
      assertEquals((await boctl(`${on} ${bad}`)).code, 0);
      const one = await boctl(`${on} ${bad} --policy --quiet`);
      assertEquals(one.code, 1);
      assertStringIncludes(one.out, `${bad}:5:1: error device-read-of-stale-bytes: `);
      assertStringIncludes(one.out, `FAIL ${bad} on sim:panthor, panthor 1.8: 5 commands`);
      const clean = await boctl(`${on} ${good} --policy`);
      assertEquals(clean.code, 0);
      assertStringIncludes(clean.out, "; policy: 0 errors, 0 warnings, 0 notes");
      const both = await boctl(`${on} ${good} ${bad} --policy`);
      assertEquals(both.code, 1);
      assertStringIncludes(both.out, `PASS ${good}`);
      assertStringIncludes(both.out, "1 passed, 1 failed");
      const tap = await boctl(`${on} ${bad} --policy --tap`);
      assertStringIncludes(tap.out, "not ok 2 - policy device-read-of-stale-bytes");
    });
  });
});

Deno.test("run --policy tells what was found before a script stopped, and keeps its exit code", async () => {
  const lines = [
    "create --size 4KiB --as a",
    "export a",
    "export a --rdwr",
    "mmap db1 --write 0=a0",
  ];
  await withScript(lines, async (path) => {
    const { code, out, err } = await boctl(`--device sim:qemu run ${path} --policy --quiet`);
    assertEquals(code, 3, err);
    assertStringIncludes(out, "warning late-rdwr: ");
  });
});
