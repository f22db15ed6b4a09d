import { assertEquals, assertStringIncludes } from "@std/assert";
import { Sessions } from "./_test_kit.ts";

Deno.test("a session is recorded from its start to its end", async () => {
  await using sessions = new Sessions();
  const cwd = sessions.runtime;
  const started = await sessions.boctl("session start --device sim:panthor --record t.jsonl", {
    cwd,
  });
  assertEquals([started.code, started.err], [0, ""]);
  await sessions.boctl("create --size 4KiB --as a");
  await sessions.boctl("mmap a --fill 11");
  const status = await sessions.boctl("session status");
  assertStringIncludes(status.out, `recorded in ${cwd}/t.jsonl`);
  await sessions.boctl("session stop");
  const lines = (await Deno.readTextFile(`${cwd}/t.jsonl`)).trim().split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assertEquals(lines[0]?.["boctl-trace"], 1);
  const commands = lines.flatMap(({ call, text }) => call === "command" ? [text] : []);
  assertEquals(commands, ["create --size 4KiB --as a", "mmap a --fill 11"]);
  const names = lines.flatMap(({ name }) => name === undefined ? [] : [name]);
  assertEquals(names.includes("DRM_IOCTL_PANTHOR_BO_CREATE"), true);
  assertEquals(lines.at(-1)?.["call"], "close");
});

Deno.test("a command alone is not recorded in a session, and is told how", async () => {
  await using sessions = new Sessions();
  await sessions.boctl("session start --device sim:panthor");
  const { code, err } = await sessions.boctl(`list --record ${sessions.runtime}/t.jsonl`);
  assertEquals(code, 2);
  assertStringIncludes(err, "session start --record FILE records all of it");
});
