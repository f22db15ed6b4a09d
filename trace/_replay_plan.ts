/**
 * What of a trace is replayed on a kernel, settled before the first call.
 *
 * @module
 */
import { families } from "../drivers/families/_index.ts";
import { nodeKinds } from "../drivers/family.ts";
import { NotSupported, UsageError } from "../errors.ts";
import { MAP_PRIVATE, MAP_SHARED, O_ACCMODE, O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { escapeText } from "../output/escape.ts";
import { liveProblem } from "./_live_safety.ts";
import { definitionOf, requestOf } from "./_replay_request.ts";
import { mapEntryNames } from "./entry_names.ts";
import type { NodeName, TraceEntry } from "./format.ts";
import { NodeNames } from "./node_names.ts";
import type { Line, Trace } from "./read.ts";
import { isDevicePath, leftOut } from "./select.ts";
import { isErrnoText, parseFlags } from "./words.ts";

/** A trace made ready. */
export interface Prepared {
  readonly lines: readonly Line[];
  /** Why lines are left out, by their number. */
  readonly leftOut: ReadonlyMap<number, string>;
  /** The path here of what a line opens, by its number. */
  readonly paths: ReadonlyMap<number, string>;
}

/** Calls that find out what a node is. */
const askingAround = new Set(families.flatMap(({ asking }) => asking.map(({ name }) => name)));

/** Bits of open(2) that neither make nor change a file. */
const harmlessOpen = O_ACCMODE | O_CLOEXEC | O_NONBLOCK;

/** Lines by the descriptor that they use, that of its open(2) first. */
function linesOf(trace: Trace, opened: Line): readonly Line[] {
  const { entry } = opened;
  const name = "result" in entry ? entry.result : "";
  return trace.lines.filter((line) => {
    let uses = line === opened;
    if (!uses && "fd" in line.entry) uses = line.entry.fd === name;
    if (!uses) {
      mapEntryNames(line.entry, (used) => {
        uses ||= used === name;
        return used;
      });
    }
    return uses;
  });
}

function isProbe(lines: readonly Line[]): boolean {
  return lines.every(({ entry }, i) =>
    i === 0 || entry.call === "close" ||
    (entry.call === "ioctl" && askingAround.has(entry.name ?? ""))
  );
}

function describeNode({ driver, kind, index }: NodeName): string {
  return `${escapeText(driver)}'s ${kind} node${index === 0 ? "" : ` number ${index + 1}`}`;
}

class Planner {
  readonly #kernel: Kernel;
  readonly #trace: Trace;
  readonly #nodes: NodeNames;
  readonly #leftOut = new Map<number, string>();
  readonly #paths = new Map<number, string>();

  constructor(kernel: Kernel, trace: Trace) {
    this.#kernel = kernel;
    this.#trace = trace;
    this.#nodes = new NodeNames(kernel);
  }

  plan(): Prepared {
    for (const line of this.#trace.lines) {
      const why = leftOut(line.entry) ??
        (line.entry.call.startsWith("device.") && this.#kernel.deviceSide === undefined
          ? "the device's side"
          : undefined);
      if (why !== undefined && !this.#leftOut.has(line.line)) this.#leftOut.set(line.line, why);
      if (this.#leftOut.has(line.line)) continue;
      if (line.entry.call === "open") this.#open(line, line.entry);
      this.#refuse(line);
    }
    return { lines: this.#trace.lines, leftOut: this.#leftOut, paths: this.#paths };
  }

  #at({ line }: Line): string {
    return `${escapeText(this.#trace.file)}:${line}`;
  }

  #open(line: Line, entry: TraceEntry & { call: "open" }): void {
    const { node, path } = entry;
    if (node !== undefined) {
      const found = this.#nodes.list(node.kind).filter((one) => one.node.driver === node.driver)
        .find((one) => one.node.index === node.index);
      if (found !== undefined) this.#paths.set(line.line, found.path);
      else this.#missing(line, describeNode(node));
      return;
    }
    if (!isDevicePath(path)) {
      throw new UsageError(
        `${this.#at(line)}: opens ${escapeText(path)}: a replay opens device nodes, dma-heaps, ` +
          "/dev/udmabuf, /dev/null and /dev/zero alone",
        { word: this.#trace.file },
      );
    }
    const absent = typeof this.#kernel.stat(path) === "number";
    if (absent && !isErrnoText(entry.result)) this.#missing(line, escapeText(path));
  }

  /** A device is not here: left out where the trace did no more than ask it who it is. */
  #missing(line: Line, what: string): void {
    const using = linesOf(this.#trace, line);
    if (isProbe(using)) {
      for (const one of using) this.#leftOut.set(one.line, "asking a device that is not here");
      return;
    }
    const here = nodeKinds.flatMap((kind) => this.#nodes.list(kind))
      .map(({ path, node }) => `${path} (${node.driver})`);
    throw new NotSupported(
      `${this.#at(line)}: the trace works on ${what}, which ${this.#kernel.identity.name} lacks`,
      here.length === 0
        ? "There is no device node here: --device sim:BOARD names a board with that driver."
        : `There are ${escapeText(here.join(", "))}; --device sim:BOARD names another board.`,
    );
  }

  /** Refuses what is not made again: bytes that the trace does not hold, and harm. */
  #refuse(line: Line): void {
    const { entry } = line;
    if (entry.call === "map.write" || entry.call === "device.write") {
      if (entry.bytes === undefined || "sha256" in entry.bytes) {
        throw new NotSupported(
          `${this.#at(line)}: writes ${entry.length} bytes of which the trace holds a hash alone`,
          "Record it with writes of at most 1 MiB, or with --fill.",
        );
      }
    }
    if (this.#kernel.identity.backend !== "live") return;
    const why = this.#harm(entry);
    if (why === undefined) return;
    throw new UsageError(`${this.#at(line)}: ${why}: not made on a live kernel`, {
      word: this.#trace.file,
      hint: "Replay it on a simulated board: --device sim:BOARD.",
    });
  }

  #harm(entry: TraceEntry): string | undefined {
    switch (entry.call) {
      case "open":
        return ((parseFlags(entry.flags, "O_") ?? 0) & ~harmlessOpen) === 0
          ? undefined
          : `opens with ${escapeText(entry.flags)}`;
      case "mmap":
        return ((parseFlags(entry.flags, "MAP_") ?? 0) & ~(MAP_SHARED | MAP_PRIVATE)) === 0
          ? undefined
          : `maps with ${escapeText(entry.flags)}`;
      case "ioctl": {
        const { argument } = requestOf(entry, {
          fd: () => -1,
          offset: () => 0n,
          address: () => 0n,
          now: 0n,
        });
        const why = liveProblem(definitionOf(entry), argument);
        return why === undefined ? undefined : `ioctl ${entry.name ?? entry.code} ${why}`;
      }
      default:
        return undefined;
    }
  }
}

/**
 * Settles what is replayed.
 * @throws {NotSupported} where the kernel lacks a device of the trace
 * @throws {UsageError} for calls that are not made
 */
export function prepare(kernel: Kernel, trace: Trace): Prepared {
  return new Planner(kernel, trace).plan();
}
