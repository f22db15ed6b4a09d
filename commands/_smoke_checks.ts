/**
 * The checks of `smoke`: what every device with buffers should do, on small buffers of its own.
 *
 * @module
 */
import { CheckFailed, KernelRefusal, NotSupported } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { formatHex } from "../syntax/hex.ts";
import { createBuffer, exportBuffer, importDmaBuf } from "../workspace/buffers.ts";
import type { Patience } from "../workspace/fences.ts";
import { bracketDmaBuf } from "../workspace/brackets.ts";
import { Accessor, mapObject, memoryOf } from "../workspace/maps.ts";
import type { Buffer, Device, DmaBuf } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { checkSync } from "./_smoke_sync.ts";

/** What the checks share, in their order. */
export interface SmokeState {
  readonly workspace: Workspace;
  readonly device: Device;
  /** Bytes of each buffer. */
  readonly size: bigint;
  readonly patience: Patience;
  buffer?: Buffer;
  dmaBuf?: DmaBuf;
  imported?: Buffer;
}

/** One check; returns what was seen. */
export interface SmokeCheck {
  readonly name: string;
  readonly run: (state: SmokeState) => string | Promise<string>;
}

const PATTERN = Uint8Array.fromHex("b0c71dea");

function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new NotSupported(`needs ${what}`);
  return value;
}

function newBuffer(state: SmokeState, cached: boolean): Buffer {
  return createBuffer(state.workspace, state.device, {
    size: state.size,
    cached,
    private: false,
    noMmap: false,
    flags: [],
  });
}

function expectBytes(actual: Uint8Array, where: string): void {
  if (formatHex(actual) !== formatHex(PATTERN)) {
    throw new CheckFailed(`${where} reads ${formatHex(actual)}, not ${formatHex(PATTERN)}`);
  }
}

/** Maps, acts, unmaps. */
function mapped(
  state: SmokeState,
  object: Buffer | DmaBuf,
  writable: boolean,
  via: "node" | "dma-buf",
  action: (access: Accessor) => void,
): void {
  const map = mapObject(state.workspace, object, { writable, via });
  try {
    action(new Accessor(state.workspace, map));
  } finally {
    map.mapping.unmap();
    state.workspace.journal.add({
      kind: "close",
      what: "mapping",
      name: map.name,
      memory: map.memory,
    });
  }
}

function bracketed(state: SmokeState, dmaBuf: DmaBuf, access: "r" | "w", action: () => void): void {
  const memory = memoryOf(state.workspace, dmaBuf);
  bracketDmaBuf(state.workspace, dmaBuf, memory, "begin", access);
  try {
    action();
  } finally {
    bracketDmaBuf(state.workspace, dmaBuf, memory, "end", access);
  }
}

export const smokeChecks: readonly SmokeCheck[] = [
  {
    name: "create",
    run: (state) => {
      state.buffer = newBuffer(state, false);
      return `${state.buffer.size} bytes`;
    },
  },
  {
    name: "map, write and read back",
    run: (state) => {
      mapped(state, needed(state.buffer, "create"), true, "node", (access) => {
        access.write(0, PATTERN);
        expectBytes(access.read(0, PATTERN.length), "the map");
      });
      return "";
    },
  },
  {
    name: "sync of a range",
    run: async ({ workspace, buffer, patience }) =>
      await checkSync(workspace, needed(buffer, "create"), PATTERN, patience),
  },
  {
    name: "cached buffer and sync of a range",
    run: async (state) => {
      const cached = newBuffer(state, true);
      try {
        mapped(state, cached, true, "node", (access) => access.write(0, PATTERN));
        return await checkSync(state.workspace, cached, PATTERN, state.patience);
      } finally {
        state.workspace.release(cached);
      }
    },
  },
  {
    name: "export for writing",
    run: (state) => {
      const buffer = needed(state.buffer, "create");
      state.dmaBuf = exportBuffer(state.workspace, buffer, { rdwr: true, cloexec: true });
      if (state.dmaBuf.facts.mode !== "rw") throw new CheckFailed("the dma-buf is read-only");
      return `exporter ${state.dmaBuf.facts.exporter}`;
    },
  },
  {
    name: "map the dma-buf, between begin and end",
    run: (state) => {
      const dmaBuf = needed(state.dmaBuf, "export");
      bracketed(state, dmaBuf, "r", () => {
        mapped(state, dmaBuf, false, "dma-buf", (access) => {
          expectBytes(access.read(0, PATTERN.length), "the dma-buf");
        });
      });
      return "same bytes as the buffer's own map";
    },
  },
  {
    name: "import back: the same handle",
    run: (state) => {
      const buffer = needed(state.buffer, "create");
      const dmaBuf = needed(state.dmaBuf, "export");
      state.imported = importDmaBuf(state.workspace, dmaBuf, state.device);
      if (state.imported.handle !== buffer.handle) {
        throw new CheckFailed(`handle ${state.imported.handle}, not ${buffer.handle}`);
      }
      return `handle ${buffer.handle}`;
    },
  },
  {
    name: "close, and the dma-buf keeps the memory",
    run: (state) => {
      const { workspace } = state;
      const dmaBuf = needed(state.dmaBuf, "export");
      if (state.imported !== undefined) workspace.release(state.imported);
      workspace.release(needed(state.buffer, "create"));
      delete state.buffer;
      bracketed(state, dmaBuf, "r", () => {
        mapped(state, dmaBuf, false, "dma-buf", (access) => {
          expectBytes(access.read(0, PATTERN.length), "the dma-buf");
        });
      });
      workspace.release(dmaBuf);
      delete state.dmaBuf;
      return "";
    },
  },
];

/** Whether an error says "not here" rather than "broken". */
export function isUnsupported(error: unknown): boolean {
  if (error instanceof NotSupported) return true;
  if (!(error instanceof KernelRefusal)) return false;
  if (error.errno === errno.ENOSYS || error.errno === errno.EOPNOTSUPP) return true;
  // An older driver's refusal of what came later, told by its reason.
  return error.reason !== undefined && / needs \w+ \d+\.\d+, this is /.test(error.reason);
}
