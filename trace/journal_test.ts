import { assert, assertEquals, assertThrows } from "@std/assert";
import { boctl, withScript } from "../commands/_test_kit.ts";
import { UsageError } from "../errors.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import { journalOf } from "./journal.ts";
import { parseTrace, readTrace } from "./read.ts";
import { RecordFile } from "./record_file.ts";
import { openWorkspace } from "../workspace/open.ts";

const HEADER = JSON.stringify({
  "boctl-trace": 1,
  boctl: "0.1.0",
  on: { backend: "sim", kernel: "sim:qemu", release: "6.12", arch: "x86_64", pageSize: 4096 },
});

function traceOf(...entries: readonly unknown[]): string {
  return `${[HEADER, ...entries.map((entry) => JSON.stringify(entry))].join("\n")}\n`;
}

const close = { kind: "close", what: "buffer", name: "a", memory: "memory1" };

Deno.test("A trace holds the journal of its script, places included", async () => {
  const script = [
    "create --size 4KiB --cached --as a",
    "mmap a --write 0=aabb",
    "sync a --range 0:64 --for device --access w",
    "device read a 0:128",
    "export a --rdwr --as b",
    "import b --as c",
    "sync b --op begin --access rw --whole",
    "sync b --op end --access rw --whole",
    "expect EACCES create --size 4KiB --cached --private --as d",
    "close a",
  ];
  const lines = script.filter((line) => !line.startsWith("expect"));
  await withScript(lines, async (path) => {
    const folder = await Deno.makeTempDir();
    try {
      const trace = `${folder}/t.jsonl`;
      let journal: readonly JournalEvent[] = [];
      const { code, err } = await boctl(
        `--device sim:panthor --record ${trace} run ${path} --quiet`,
        { leaving: (workspace) => journal = [...workspace.journal.events] },
      );
      assertEquals([code, err], [0, ""]);
      assert(journal.length > 8);
      assertEquals(journalOf(await readTrace(trace)), journal);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

Deno.test("A memory that got another identity later has that one from the start, read back", async () => {
  const path = await Deno.makeTempFile();
  try {
    using record = new RecordFile(path);
    await using cleanup = new AsyncDisposableStack();
    const chosen = await openWorkspace({
      device: "sim:qemu",
      backend: undefined,
      notice: () => {},
      wrap: (kernel) => record.wrap(kernel),
    });
    cleanup.defer(() => chosen.close());
    const { journal } = chosen;
    record.listenTo(journal);
    journal.at = { command: "one" };
    record.note(journal.at);
    journal.add({ kind: "close", what: "buffer", name: "a", memory: "x" });
    journal.at = { command: "two", file: "s.boctl", line: 2 };
    journal.rename("x", "y");
    journal.rename("y", "z");
    journal.add({ kind: "close", what: "buffer", name: "b", memory: "x" });
    assertEquals(journalOf(await readTrace(path)), [...journal.events]);
    assertEquals(journal.events.map(({ at }) => at.command), ["one", "two"]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("Identities that are renamed in a ring are one memory", () => {
  const entries = [["a", "b"], ["b", "c"], ["c", "a"]].map(([from, to]) => ({
    call: "event",
    event: { kind: "same-memory", from, to },
  }));
  const closes = ["a", "b", "c"].map((memory) => ({ call: "event", event: { ...close, memory } }));
  const journal = journalOf(parseTrace(traceOf(...entries, ...closes), "t"));
  assertEquals(
    new Set(journal.map((event) => event.kind === "close" ? event.memory : "")).size,
    1,
  );
});

Deno.test("An event that is malformed is an error with its line", () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [{ ...close, kind: "constructor" }, '"event": wanted a kind of event, one of open, create'],
    [{ ...close, what: "thing" }, '"event": wanted "what": wanted "device" or "buffer"'],
    [{ kind: "close", what: "buffer" }, '"name" is missing'],
    [{ ...close, more: 1 }, '"more" is no field of it'],
    [[], '"event": wanted an object'],
    [{
      kind: "device",
      access: "read",
      of: "a",
      memory: "m",
      device: "d",
      range: { offset: 2 ** 52, length: 2 ** 53 - 1 },
      stale: [],
    }, "ends below 2^53"],
  ];
  for (const [event, message] of wrong) {
    assertThrows(
      () => parseTrace(traceOf({ call: "event", event }), "t.jsonl"),
      UsageError,
      message,
    );
  }
  const at = { text: "x", line: 0 };
  assertThrows(
    () => parseTrace(traceOf({ call: "event", event: close, at }), "t.jsonl"),
    UsageError,
    "t.jsonl:2: event: ",
  );
  assertEquals(journalOf(parseTrace(traceOf({ call: "event", event: close }), "t")).length, 1);
});
