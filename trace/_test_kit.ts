/**
 * What the tests of traces share: command lines recorded on simulated boards.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { boctl } from "../commands/_test_kit.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { parseTrace, type Trace } from "./read.ts";
import { recordingKernel } from "./record.ts";
import { replay, type Replayed, type ReplayOptions } from "./replay.ts";

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

/** Replays a trace on a board, in a kernel of its own. */
export async function replayOn(
  board: string,
  trace: Trace,
  options: ReplayOptions = {},
): Promise<Replayed> {
  const kernel = openSimulatedKernel(loadBoard(board));
  try {
    return await replay(kernel, trace, options);
  } finally {
    kernel.dispose();
  }
}

/** Numbers from a seed, each below `limit` (mulberry32). */
export function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** A line of commands that hold together, some of which are refused. */
export function randomLine(board: string, seed: number): string {
  const below = random(seed);
  const buffers: string[] = [];
  const dmaBufs: string[] = [];
  const commands: string[] = [];
  const any = (list: readonly string[]): string => list[below(list.length)] ?? "";
  const range = (): string => `${below(60) * 64}:${1 + below(4) * 33}`;
  const make = (): void => {
    const name = `b${buffers.length}`;
    buffers.push(name);
    commands.push(`create --size 4KiB --as ${name}${below(2) ? " --cached" : ""}`);
  };
  make();
  for (let i = 0; i < 12; i++) {
    const buffer = any(buffers);
    const dmaBuf = any(dmaBufs);
    switch (below(11)) {
      case 0:
        make();
        break;
      case 1: {
        const name = `d${dmaBufs.length}`;
        dmaBufs.push(name);
        commands.push(`export ${buffer} --as ${name}${below(3) ? " --rdwr" : ""}`);
        break;
      }
      case 2:
        if (dmaBuf !== "") commands.push(`import ${dmaBuf}`);
        break;
      case 3:
        commands.push(`mmap ${buffer} --fill 0x${(16 + below(200)).toString(16)} --read 0:16`);
        break;
      case 4:
        commands.push(`mmap ${dmaBuf || buffer} --read ${range()}`);
        break;
      case 5:
        commands.push(
          `sync ${buffer} --range ${range()} --for ${any(["device", "cpu"])} --access rw`,
        );
        break;
      case 6:
        commands.push(`device write ${buffer} ${below(4000)}=${(16 + below(200)).toString(16)}`);
        break;
      case 7:
        commands.push(`device read ${buffer} ${range()}`);
        break;
      case 8:
        commands.push(`info ${dmaBuf || buffer}`);
        break;
      case 9:
        if (dmaBuf !== "") commands.push(`mmap ${dmaBuf} --bracket --read ${range()}`);
        break;
      case 10:
        commands.push(`wait ${dmaBuf || buffer}`);
        break;
    }
  }
  return `--device ${board} ${commands.join(" , ")}`;
}

/** Runs a random line to its end or to what is refused first; gives the trace's text. */
export async function randomText(board: string, seed: number): Promise<string> {
  const lines: string[] = [];
  await boctl(randomLine(`sim:${board}`, seed), {
    wrap: (kernel) => recordingKernel(kernel, (text) => void lines.push(text)),
  });
  return lines.map((text) => `${text}\n`).join("");
}

/** Another result: an errno for a success, another errno for a failure; none for a name. */
function otherResult(result: unknown): unknown {
  if (typeof result === "number") return "EIO";
  return typeof result === "string" && /^[fm]\d/.test(result) ? undefined : "ENOSPC";
}

/** The trace with another result in one line; undefined where that line is not fit for it. */
export function mutated(text: string, index: number): Trace | undefined {
  const lines = text.trimEnd().split("\n");
  const entry = JSON.parse(lines[index] ?? "");
  const result = otherResult(entry.result);
  if (entry.call === "command" || result === undefined) return undefined;
  lines[index] = JSON.stringify({ ...entry, result });
  // An access to a mapping that was let go is refused by the reader, and tells the line itself.
  if (entry.call === "map.unmap") return undefined;
  return parseTrace(`${lines.join("\n")}\n`, "mutated");
}
