/**
 * Ways to break a legal program, mostly one of its syncs, and what the rules must say then.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { Program, Step } from "./_programs.ts";

/** A program with one fault. */
export interface Mutant extends Program {
  /** What was done to it. */
  readonly fault: string;
  /** The rules of which at least one must find something. */
  readonly right: readonly string[];
  /**
   * Whether they must in any case. Else the fault may do no harm, which the simulator knows: nobody
   * reads the bytes, no cache holds them, or another operation does the same work.
   */
  readonly always: boolean;
}

type Sync = Extract<Step, { readonly do: "sync" }>;
type Bracket = Extract<Step, { readonly do: "begin" | "end" }>;

const uncleaned = ["device-read-of-stale-bytes", "missing-clean"];

/** The program with the step at an index replaced. */
function replaced(steps: readonly Step[], index: number, by: readonly Step[]): readonly Step[] {
  return [...steps.slice(0, index), ...by, ...steps.slice(index + 1)];
}

/** The program with the step at an index put before an earlier one. */
function moved(steps: readonly Step[], index: number, before: number): readonly Step[] {
  const step = steps.slice(index, index + 1);
  return [
    ...steps.slice(0, before),
    ...step,
    ...steps.slice(before, index),
    ...steps.slice(index + 1),
  ];
}

/** The last step of that kind on the same buffer before an index; -1: there is none. */
function lastBefore(steps: readonly Step[], index: number, kind: Step["do"]): number {
  const bo = steps[index]?.bo;
  return steps.findLastIndex((step, i) => i < index && step.bo === bo && step.do === kind);
}

/** Without at least the last whole line; undefined where nothing would be left. */
function shortened(sync: Sync, lineBytes: number): Sync | undefined {
  const { offset, length } = sync.range;
  const end = Math.floor((offset + length - 1) / lineBytes) * lineBytes;
  return end <= offset ? undefined : { ...sync, range: { offset, length: end - offset } };
}

function* ofSync(
  program: Program,
  index: number,
  sync: Sync,
  lineBytes: number,
): Generator<Mutant> {
  const { steps } = program;
  const toDevice = sync.for === "device";
  const right = toDevice ? uncleaned : ["missing-invalidate"];
  const made = lastBefore(steps, index, toDevice ? "write" : "device-write");
  const next = steps.find((step, i) => i > index && step.bo === sync.bo);
  // What the CPU writes for itself no device reads; whoever reads what a device wrote must look anew.
  const always = !toDevice || next?.do === "device-read";
  yield { ...program, fault: "removed", steps: replaced(steps, index, []), right, always };
  yield { ...program, fault: "moved", steps: moved(steps, index, made), right, always };
  const short = shortened(sync, lineBytes);
  if (short !== undefined) {
    const narrow = toDevice ? ["sync-narrower-than-written"] : right;
    const steps = replaced(program.steps, index, [short]);
    yield { ...program, fault: "shortened", steps, right: narrow, always };
  }
  const turned: Sync = { ...sync, for: toDevice ? "cpu" : "device" };
  // The sync for the CPU of panthor and panfrost cleans before it invalidates.
  yield {
    ...program,
    fault: "turned",
    steps: replaced(steps, index, [turned]),
    right,
    always: !toDevice,
  };
}

function* ofBracket(program: Program, index: number, bracket: Bracket): Generator<Mutant> {
  const { steps } = program;
  const begins = bracket.do === "begin";
  const outside = ["cpu-access-outside-bracket"];
  // A broken bracket around write-combined memory is a note.
  const always = program.buffers[bracket.bo] === "imported";
  yield {
    ...program,
    fault: `${bracket.do} removed`,
    steps: replaced(steps, index, []),
    right: begins ? [...outside, "end-without-begin"] : ["begin-without-end", ...uncleaned],
    always,
  };
  const access = bracket.access === "rw" ? "r" : "w";
  const turned: Bracket = { ...bracket, access };
  yield {
    ...program,
    fault: `${bracket.do} turned`,
    steps: replaced(steps, index, [turned]),
    right: ["bracket-direction-mismatch", "wrong-bracket-direction"],
    always,
  };
  if (!begins) {
    const begin = lastBefore(steps, index, "begin");
    yield {
      ...program,
      fault: "end moved",
      steps: moved(steps, index, begin + 1),
      right: outside,
      always,
    };
  }
}

/** The program with steps put before an index. */
function inserted(steps: readonly Step[], index: number, extra: readonly Step[]): readonly Step[] {
  return [...steps.slice(0, index), ...extra, ...steps.slice(index)];
}

/** A byte beside a range in one of its lines, where there is one. */
function beside({ offset, length }: ByteRange, lineBytes: number): ByteRange | undefined {
  const end = offset + length;
  if (end % lineBytes !== 0) return { offset: end, length: 1 };
  return offset % lineBytes === 0 ? undefined : { offset: offset - 1, length: 1 };
}

/** Steps that do not belong there: another user of the buffer, at the wrong moment. */
function* ofIntruders(program: Program, index: number, lineBytes: number): Generator<Mutant> {
  const { steps } = program;
  const step = steps[index];
  if (step === undefined) return;
  const { bo } = step;
  const kind = program.buffers[bo];
  if (step.do === "job-end") {
    const write = steps[lastBefore(steps, index, "device-write")];
    if (write?.do !== "device-write") return;
    const read: Step = { bo, do: "read", range: write.range };
    yield {
      ...program,
      fault: "read during the job",
      steps: inserted(steps, index, [read]),
      right: ["race-on-same-bytes"],
      always: true,
    };
  }
  if (step.do !== "write") return;
  const byte = beside(step.range, lineBytes);
  if (kind === "cached" && byte !== undefined) {
    yield {
      ...program,
      fault: "line shared",
      steps: inserted(steps, index + 1, [{ bo, do: "device-write", range: byte }]),
      right: ["line-shared-by-writers"],
      always: true,
    };
  }
  if (kind === "imported") {
    const other: Step[] = [{ bo, do: "begin", access: "r" }, { bo, do: "end", access: "r" }];
    yield {
      ...program,
      fault: "begin by another",
      steps: inserted(steps, index + 1, other),
      right: ["invalidate-discards-writes"],
      always: true,
    };
  }
}

/** Every way to break one sync of a program, and the intrusions that it has room for. */
export function* mutants(program: Program, lineBytes: number): Generator<Mutant> {
  for (const [index, step] of program.steps.entries()) {
    if (step.do === "sync") yield* ofSync(program, index, step, lineBytes);
    if (step.do === "begin" || step.do === "end") yield* ofBracket(program, index, step);
    yield* ofIntruders(program, index, lineBytes);
  }
}
