/**
 * What the tests of traces share: command lines recorded on simulated boards.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { boctl } from "../commands/_test_kit.ts";
import { parseTrace, type Trace } from "./read.ts";
import { recordingKernel } from "./record.ts";

/**
 * Runs a command line and gives the trace's text.
 * @param exit the exit code that the line must have
 */
export async function recordText(line: string, exit = 0): Promise<string> {
  const lines: string[] = [];
  const { code, err } = await boctl(line, {
    wrap: (kernel) => recordingKernel(kernel, (text) => void lines.push(text)),
  });
  assertEquals(code, exit, err);
  return lines.map((text) => `${text}\n`).join("");
}

/** Runs a command line and gives the trace, read again. */
export async function record(line: string, exit = 0): Promise<Trace> {
  return parseTrace(await recordText(line, exit), "t.jsonl");
}
