/** Exports and imports. */
import { drivers } from "./drivers/_index.ts";
import type { StepMaker } from "./generate.ts";
import type { State } from "./state.ts";
import type { FdRef } from "./step.ts";
import { aHandle, someHandle } from "./_values.ts";

const O_CLOEXEC = 0o2000000;
const DRM_RDWR = 2;

/** An export. */
export const toFd: StepMaker = (making) => {
  const { random, state } = making;
  const handle = aHandle(making);
  if (handle === undefined) return undefined;
  const to = state.next();
  const flags = random.weighted([
    [6, O_CLOEXEC | DRM_RDWR],
    [3, O_CLOEXEC],
    [1, DRM_RDWR],
    [1, 0],
    [1, 1],
    [1, 0x10],
  ]);
  return {
    step: {
      do: "ioctl",
      fd: { slot: handle.of.slot },
      name: "DRM_IOCTL_PRIME_HANDLE_TO_FD",
      fields: { handle: someHandle(random, handle), flags: { json: flags } },
      gives: { kind: "fd", field: "fd", to },
    },
    done(ok): void {
      const source = handle.of.node?.driver ?? "";
      if (ok) state.fds.push({ slot: to, kind: "dma-buf", source, open: true });
    },
  };
};

/** Whether an import of it is the same everywhere. */
function isForAll(state: State, ref: FdRef, driver: string): boolean {
  if (drivers[driver]?.wantsOnePiece !== true || state.kindOf(ref) !== "dma-buf") return true;
  return "slot" in ref && state.fds.find(({ slot }) => slot === ref.slot)?.source === driver;
}

/** An import. */
export const toHandle: StepMaker = ({ random, state }) => {
  const nodes = state.open("node");
  if (nodes.length === 0) return undefined;
  const of = random.of(nodes);
  const fd = state.someFd(random, "dma-buf");
  if (!isForAll(state, fd, of.node?.driver ?? "")) return undefined;
  const to = state.next();
  return {
    step: {
      do: "ioctl",
      fd: { slot: of.slot },
      name: "DRM_IOCTL_PRIME_FD_TO_HANDLE",
      fields: {
        fd: { fdOf: fd },
        flags: { json: random.oneIn(9) ? 7 : 0 },
      },
      gives: { kind: "handle", field: "handle", to },
    },
    done: (ok) => void (ok && state.handles.push({ slot: to, of, size: 4096 })),
  };
};

const flink: StepMaker = (making) => {
  const { random, state } = making;
  const handle = aHandle(making);
  if (handle === undefined) return undefined;
  if (random.oneIn(2)) {
    return {
      step: {
        do: "ioctl",
        fd: { slot: handle.of.slot },
        name: "DRM_IOCTL_GEM_FLINK",
        fields: { handle: someHandle(random, handle) },
      },
    };
  }
  const to = state.next();
  return {
    step: {
      do: "ioctl",
      fd: { slot: handle.of.slot },
      name: "DRM_IOCTL_GEM_OPEN",
      fields: { name: { json: random.of([0, 1, 2, 99]) } },
      gives: { kind: "handle", field: "handle", to },
    },
    done: (ok) => void (ok && state.handles.push({ slot: to, of: handle.of, size: 4096 })),
  };
};

export const primeSteps: readonly (readonly [number, StepMaker])[] = [
  [14, toFd],
  [14, toHandle],
  [1, flink],
];
