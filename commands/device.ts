/** @module */
import { UsageError } from "../errors.ts";
import { beginJob, deviceSideOf, endJob } from "../workspace/device_side.ts";
import type { Buffer } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { copy, fill, read, write } from "./_device_accesses.ts";
import { defineCommand, type Result } from "./command.ts";

/** What follows the verb. */
const wordsOf: Readonly<Record<string, readonly string[]>> = {
  read: ["BUF", "RANGE|all"],
  write: ["BUF", "OFFSET=HEX"],
  fill: ["BUF", "BYTE@RANGE"],
  copy: ["SRC", "RANGE|all", "DST", "OFFSET"],
  begin: ["BUF"],
  end: ["BUF"],
};

/** The verb of a line with the right number of words. */
function verbOf(words: readonly string[]): string {
  const [verb = "", ...rest] = words;
  const wanted = Object.hasOwn(wordsOf, verb) ? wordsOf[verb] : undefined;
  if (wanted === undefined) {
    throw new UsageError(`device: "${verb}" is none of ${Object.keys(wordsOf).join(", ")}`, {
      word: verb,
    });
  }
  const hint = `Usage: boctl device ${verb} ${wanted.join(" ")}`;
  const missing = wanted[rest.length];
  if (missing !== undefined) {
    throw new UsageError(`device ${verb}: ${missing} is missing`, { hint });
  }
  const extra = rest[wanted.length];
  if (extra !== undefined) {
    throw new UsageError(`device ${verb}: "${extra}" is one word too many`, { word: extra, hint });
  }
  return verb;
}

function begin(workspace: Workspace, buffer: Buffer, access: string | undefined): Result {
  const reads = access === "r";
  beginJob(workspace, buffer, reads ? "read" : "write");
  return {
    data: { of: buffer.name, device: buffer.device.name, job: "begun", access: reads ? "r" : "w" },
    text: `${buffer.name}: a job of ${buffer.device.name} that ${
      reads ? "reads" : "writes"
    } it has begun`,
  };
}

function end(workspace: Workspace, buffer: Buffer): Result {
  endJob(workspace, buffer);
  return {
    data: { of: buffer.name, device: buffer.device.name, job: "ended" },
    text: `${buffer.name}: the job of ${buffer.device.name} has ended, its cache is written back`,
  };
}

export const command = defineCommand({
  name: "device",
  summary: "the device's side of an access (simulated boards only)",
  group: "buffers",
  arguments: [
    { name: Object.keys(wordsOf).join("|"), help: "what the device does" },
    { name: "BUF", help: "a buffer object of that device" },
    {
      name: "WHAT",
      help: "read: RANGE or all; write: OFFSET=HEX; fill: BYTE@RANGE; copy: RANGE DST OFFSET",
      optional: true,
      many: true,
    },
  ],
  options: {
    access: {
      type: "text",
      value: "HOW",
      choices: ["r", "w"],
      help: "begin: what the job's fence says, a reader (r) or a writer (default w)",
    },
  },
  details: `The device reads what is in RAM: bytes that are still in the CPU's caches are
stale for it, and told so. On a live kernel this is exit 77.

begin and end make a job: in between the buffer has a fence (wait waits for it),
and what the device reads and writes goes through its own cache, which is
written back at the end; until then nobody else sees it. Any other access is a
job of its own. Jobs do not wait for each other's fences: use wait.`,
  examples: [
    {
      line: "--device sim:panthor create --size 4KiB --cached , mmap bo1 --write 0=deadbeef , " +
        "device read bo1 0:4",
      shows: "00000000: nothing was flushed",
    },
    {
      line: "--device sim:panthor create --size 4KiB , device begin bo1 , " +
        "device fill bo1 aa@0:64 , mmap bo1 --read 0:4 , device end bo1 , mmap bo1 --read 0:4",
      shows: "00000000, then aaaaaaaa: the device's cache is written back as the job ends",
    },
  ],
  run({ workspace }, { options, words }): Result {
    const verb = verbOf(words);
    if (options.access !== undefined && verb !== "begin") {
      throw new UsageError(`device ${verb}: --access is for begin`, { word: "--access" });
    }
    deviceSideOf(workspace);
    const [, name = "", what = "", to = "", offset = ""] = words;
    const buffer = workspace.get(name, ["buffer"]);
    switch (verb) {
      case "read":
        return read(workspace, buffer, what);
      case "write":
        return write(workspace, buffer, what);
      case "fill":
        return fill(workspace, buffer, what);
      case "copy":
        return copy(workspace, buffer, what, workspace.get(to, ["buffer"]), offset);
      case "begin":
        return begin(workspace, buffer, options.access);
      default:
        return end(workspace, buffer);
    }
  },
});
