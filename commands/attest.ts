/** @module */
import { isUnidentified } from "../drivers/family.ts";
import { BoctlError, Interrupted, NoDevice } from "../errors.ts";
import { O_RDWR } from "../ffi/constants.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import { splitWords } from "../syntax/words.ts";
import type { AttestLine } from "../trace/attest_script.ts";
import { driverFor, resolveDevice } from "../workspace/devices.ts";
import {
  describeNode,
  hasUdmabuf,
  listHeaps,
  listNodePaths,
  nodeKind,
} from "../workspace/inventory.ts";
import { restartingKernel } from "../workspace/restarting_kernel.ts";
import { Workspace } from "../workspace/workspace.ts";
import { type Context, defineCommand, type Result } from "./command.ts";
import { command as devices } from "./devices.ts";
import { turn } from "../workspace/turn.ts";
import { execute } from "./execute.ts";

/** A node on which buffers are made. */
interface Maker {
  readonly path: string;
  readonly driver: string;
}

/** The driver's name where a node can be opened and is the one that its driver makes buffers on. */
async function makerAt(kernel: Kernel, path: string): Promise<Maker | undefined> {
  const fd = kernel.open(path, O_RDWR);
  if (isError(fd)) return undefined;
  try {
    const version = describeNode(kernel, path).family.identify(kernel, fd);
    if (isUnidentified(version)) return undefined;
    const driver = await driverFor(version);
    return driver.node === nodeKind(path) ? { path, driver: version.name } : undefined;
  } finally {
    kernel.close(fd);
  }
}

async function makersOf({ kernel, deviceSpec, notice }: Workspace): Promise<readonly Maker[]> {
  const paths = deviceSpec === undefined
    ? listNodePaths(kernel)
    : [await resolveDevice(kernel, deviceSpec, notice)];
  const found = [];
  for (const path of paths) found.push(await makerAt(kernel, path));
  return found.filter((maker) => maker !== undefined);
}

/** Counts of what came of the lines. */
interface Counts {
  done: number;
  refused: number;
}

/** A line's words, its handles filled in; undefined where something that it needs is not held. */
function wordsOf(workspace: Workspace, { line, needs }: AttestLine): string[] | undefined {
  if (needs.some((name) => workspace.find(name) === undefined)) return undefined;
  const filled = line.replace(/\{(\w+)\}/g, (_, name: string) => {
    const held = workspace.find(name);
    return held?.kind === "buffer" ? String(held.handle) : "0";
  });
  return splitWords(filled).map(({ text }) => text);
}

async function runLines(
  context: Context,
  lines: readonly AttestLine[],
  counts: Counts,
): Promise<void> {
  for (const line of lines) {
    await turn(context.signal);
    const words = wordsOf(context.workspace, line);
    if (words === undefined) continue;
    try {
      await execute(context, words);
      counts.done++;
    } catch (error) {
      if (!(error instanceof BoctlError) || error instanceof Interrupted) throw error;
      counts.refused++;
    }
  }
}

/** Everything that is tried on what a machine has. */
async function scriptOf(workspace: Workspace): Promise<readonly AttestLine[]> {
  const { deviceLines, heapLines, sharingLines, udmabufLines } = await import(
    "../trace/attest_script.ts"
  );
  const makers = await makersOf(workspace);
  const { kernel } = workspace;
  const heaps = listHeaps(kernel).filter((name) => /^[\w.,-]+$/.test(name));
  const pairs = makers.flatMap((from) =>
    makers.filter((to) => to !== from).map((to) => [from, to])
  );
  const lines = [
    ...makers.flatMap(({ path, driver }) => deviceLines(path, driver)),
    ...pairs.flatMap(([from, to]) =>
      from === undefined || to === undefined ? [] : sharingLines(from.path, to.path, to.driver)
    ),
    ...heaps.flatMap(heapLines),
    ...(hasUdmabuf(kernel) ? udmabufLines() : []),
  ];
  if (lines.length > 0) return lines;
  throw new NoDevice("attest: there is nothing here to try: no DRM node, heap or udmabuf", {
    hint: "boctl devices says what is here, and why it cannot be opened.",
  });
}

export const command = defineCommand({
  name: "attest",
  summary: "record what this machine answers to a safe script, for the simulator to be held to",
  group: "devices",
  arguments: [],
  options: {
    out: { type: "text", value: "FILE", help: "the trace to write (default attest.jsonl)" },
  },
  details: `Small buffers are made in every way that the driver has, mapped, synced, exported
and imported; refusals that are known to be harmless are provoked. Nothing is
submitted to the GPU, no display is touched. With --device NAME only that device
is tried. The file holds the calls with their answers, the kernel's release and
what "boctl devices" tells; no host name, no user's name, no serial number. It is
text: look at it before you send it. docs/attest.md says what becomes of it.`,
  examples: [
    { line: "attest --out board.jsonl", shows: "how much was tried, and where it was written" },
    { line: "--device sim:panthor attest --out board.jsonl", shows: "the same of the simulator" },
  ],
  noFallback: true,
  ownProcess: () => true,
  async run(context, { options }): Promise<Result> {
    const { RecordFile } = await import("../trace/record_file.ts");
    const { workspace } = context;
    const lines = await scriptOf(workspace);
    const { data: board } = await devices.run(context, { options: {}, words: [] });
    const path = options.out ?? "attest.jsonl";
    const { folder } = context.asked;
    using record = new RecordFile(path.startsWith("/") ? path : `${folder}/${path}`, "--out");
    const kernel = record.wrap(workspace.kernel, board);
    const own = new Workspace(restartingKernel(kernel));
    const counts: Counts = { done: 0, refused: 0 };
    try {
      await runLines(
        {
          ...context,
          workspace: own,
          begin: (source) => record.note(source),
          notice: () => {},
          show: () => {},
        },
        lines,
        counts,
      );
      record.check();
    } finally {
      own.close();
    }
    return {
      data: { file: path, commands: counts.done + counts.refused, ...counts },
      text: `${escapeText(path)}: ${plural(counts.done + counts.refused, "command")}, ` +
        `${counts.refused} of them refused or not supported here`,
    };
  },
});
