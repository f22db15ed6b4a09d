/**
 * Runs the programs of the mutation test on a simulated board.
 *
 * @module
 */
import type { Board } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { bracketDmaBuf } from "../workspace/brackets.ts";
import { allocateHeap, createBuffer, exportBuffer, importDmaBuf } from "../workspace/buffers.ts";
import {
  beginJob,
  booksOf,
  deviceRead,
  deviceSideOf,
  deviceWrite,
  endJob,
} from "../workspace/device_side.ts";
import { deviceFor } from "../workspace/devices.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import { Accessor, mapObject, memoryOf } from "../workspace/maps.ts";
import type { Buffer, Device, DmaBuf } from "../workspace/objects.ts";
import { syncObject } from "../workspace/sync.ts";
import { Workspace } from "../workspace/workspace.ts";
import { type BufferKind, BYTES, type Program, type Step, stepText } from "./_programs.ts";

/** What a run shows: the journal, and what the simulator saw go wrong, in bytes. */
export interface Ran {
  readonly journal: readonly JournalEvent[];
  /** Read by the device although newer bytes were in the CPU's caches. */
  readonly staleForDevice: number;
  /** Read by the CPU although memory or a job had newer bytes. */
  readonly staleForCpu: number;
  /** Written by the CPU, and dropped by an invalidate. */
  readonly discarded: number;
}

const SHARED = { rdwr: true, cloexec: true };
const PATIENCE = { timeoutNs: 1_000_000_000n, signal: new AbortController().signal };

/** A buffer of a program, ready to be worked on. */
interface Held {
  readonly buffer: Buffer;
  readonly dmaBuf: DmaBuf | undefined;
  readonly cpu: Accessor;
}

function held(workspace: Workspace, device: Device, kind: BufferKind): Held {
  const create = (cached: boolean): Buffer =>
    createBuffer(workspace, device, {
      size: BigInt(BYTES),
      cached,
      private: false,
      noMmap: false,
      flags: [],
    });
  const access = (object: Buffer | DmaBuf, via: "node" | "dma-buf"): Accessor => {
    const map = mapObject(workspace, object, { writable: true, via });
    workspace.hold(map);
    return new Accessor(workspace, map);
  };
  if (kind === "imported") {
    const dmaBuf = allocateHeap(workspace, "system", BigInt(BYTES), SHARED);
    const buffer = importDmaBuf(workspace, dmaBuf, device);
    return { buffer, dmaBuf, cpu: access(dmaBuf, "dma-buf") };
  }
  const buffer = create(kind === "cached");
  if (kind !== "exported") return { buffer, dmaBuf: undefined, cpu: access(buffer, "node") };
  const dmaBuf = exportBuffer(workspace, buffer, SHARED);
  return { buffer, dmaBuf, cpu: access(dmaBuf, "dma-buf") };
}

async function run(
  workspace: Workspace,
  { buffer, dmaBuf, cpu }: Held,
  step: Step,
  fill: number,
): Promise<void> {
  switch (step.do) {
    case "write":
      return cpu.write(step.range.offset, new Uint8Array(step.range.length).fill(fill));
    case "read":
      return void cpu.read(step.range.offset, step.range.length);
    case "device-write":
      return deviceWrite(
        workspace,
        buffer,
        step.range.offset,
        new Uint8Array(step.range.length).fill(fill),
      );
    case "device-read":
      return void deviceRead(workspace, buffer, step.range);
    case "job-begin":
      return beginJob(workspace, buffer, "write");
    case "job-end":
      return endJob(workspace, buffer);
    case "begin":
    case "end":
      if (dmaBuf === undefined) throw new Error(`${stepText(step)}: there is no dma-buf`);
      return bracketDmaBuf(workspace, dmaBuf, memoryOf(workspace, dmaBuf), step.do, step.access);
    case "sync":
      await syncObject(workspace, buffer, {
        ranges: [{ offset: BigInt(step.range.offset), length: BigInt(step.range.length) }],
        whole: false,
        intent: { for: step.for, access: step.for === "device" ? "w" : "r" },
        access: "rw",
        raw: false,
        oneByOne: false,
      }, PATIENCE);
  }
}

/** Runs a program; every write writes a value that the bytes did not have before. */
export async function runProgram(board: Board, program: Program): Promise<Ran> {
  const workspace = new Workspace(openSimulatedKernel(board), undefined, () => {});
  try {
    const device = await deviceFor(workspace);
    const all = program.buffers.map((kind) => held(workspace, device, kind));
    for (const [i, step] of program.steps.entries()) {
      workspace.journal.at = { file: "program", line: i + 1, command: stepText(step) };
      const on = all[step.bo];
      if (on === undefined) throw new Error(`${stepText(step)}: there is no such buffer`);
      await run(workspace, on, step, 1 + i % 255);
    }
    deviceSideOf(workspace);
    const sums = { staleForDevice: 0, staleForCpu: 0, discarded: 0 };
    for (const { buffer } of all) {
      const books = booksOf(workspace, memoryOf(workspace, buffer));
      sums.staleForDevice += books?.staleBytesReadByDevice ?? 0;
      sums.staleForCpu += books?.staleBytesReadByCpu ?? 0;
      sums.discarded += books?.dirtyBytesDiscarded ?? 0;
    }
    return { journal: [...workspace.journal.events], ...sums };
  } finally {
    workspace.close();
  }
}
