import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Interrupted, UsageError } from "../errors.ts";
import { rules } from "./_index.ts";
import { facts } from "./facts/_index.ts";
import { probeBoard } from "./_probe_kit.ts";
import { chosenProbes } from "./probe_run.ts";
import { probes } from "./probes/_index.ts";

Deno.test("every probe is found by its own id, and its page of explain exists", async () => {
  const pages = new Set([...Object.keys(rules), ...Object.keys(facts)]);
  for (const [id, load] of Object.entries(probes)) {
    const probe = await load();
    assertEquals(probe.id, id);
    assertMatch(id, /^[a-z]+(-[a-z]+)*$/);
    assertMatch(probe.question, /^[A-Z0-9].*[.?]$/);
    if (probe.rule !== undefined) assertEquals(pages.has(probe.rule), true, probe.rule);
  }
});

Deno.test("chosenProbes() takes ids of probes and of rules", async () => {
  const ids = async (options: Parameters<typeof chosenProbes>[0]): Promise<string[]> =>
    (await chosenProbes(options)).map(({ id }) => id);
  assertEquals(await ids({ select: ["same-handle"] }), ["same-handle"]);
  assertEquals(await ids({ select: ["end-without-begin"] }), ["end-before-begin"]);
  assertEquals((await ids({ ignore: ["same-handle"] })).length, Object.keys(probes).length - 1);
  const error = await assertRejects(() => ids({ ignore: ["same-handel"] }), UsageError);
  assertMatch(error.hint ?? "", /^Did you mean "same-handle"\?/);
});

Deno.test("a probe with a hazard is not asked unless that is allowed", async () => {
  const [shy] = await probeBoard("panthor", { select: ["sync-of-too-many"], allowHazard: false });
  assertEquals([shy?.answer, shy?.verdict], ["cannot-be-told", "skipped"]);
  assertMatch(shy?.detail ?? "", /^asking has a hazard: .* \(--allow-hazard asks all the same\)$/);
  const [bold] = await probeBoard("panthor", { select: ["sync-of-too-many"] });
  assertEquals([bold?.answer, bold?.verdict], ["refused", "kept"]);
});

Deno.test("Ctrl-C is heard between two probes", async () => {
  const controller = new AbortController();
  controller.abort();
  await assertRejects(() => probeBoard("panthor", { signal: controller.signal }), Interrupted);
});
