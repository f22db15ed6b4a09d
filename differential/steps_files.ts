/** Opening, closing and looking at descriptors. */
import type { FdKind } from "./state.ts";
import type { Made, Making, StepMaker } from "./generate.ts";
import { udmabuf } from "./steps_dma_buf.ts";

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_NONBLOCK = 0o4000;
const KINDS: readonly FdKind[] = ["node", "dma-buf", "memfd", "heap", "udmabuf", "sync_file"];

function opened(making: Making, path: string, kind: FdKind, more: object = {}): Made {
  const { random, state } = making;
  const flags = random.weighted([[12, O_RDWR], [1, O_RDONLY], [1, O_WRONLY], [
    1,
    O_RDWR | O_NONBLOCK,
  ]]);
  const to = state.next();
  return {
    step: { do: "open", path, flags, to },
    done: (ok) => void (ok && state.fds.push({ slot: to, kind, open: true, ...more })),
  };
}

const openNode: StepMaker = (making) => {
  const node = making.random.of(making.machine.nodes);
  return opened(making, node.path, "node", { node });
};

const openHeap: StepMaker = (making) => {
  const { heaps } = making.machine;
  if (heaps.length === 0) return undefined;
  return opened(making, `/dev/dma_heap/${making.random.of(heaps)}`, "heap");
};

const openUdmabuf: StepMaker = (making) =>
  making.machine.udmabuf ? opened(making, "/dev/udmabuf", "udmabuf") : undefined;

const memfd: StepMaker = ({ random, state }) => {
  const to = state.next();
  return {
    step: { do: "memfd", flags: random.weighted([[6, 2], [1, 0], [1, 0x80]]), to },
    done: (ok) => void (ok && state.fds.push({ slot: to, kind: "memfd", open: true })),
    then: [sizeMemfd, sealMemfd, udmabuf],
  };
};

/** ftruncate and seals, which udmabuf asks for. */
const sizeMemfd: StepMaker = ({ random, state }) => {
  const fd = state.someFd(random, "memfd");
  return {
    step: { do: "ftruncate", fd, length: String(random.of([0, 4096, 8192, 32768, 65536, 5000])) },
  };
};

const sealMemfd: StepMaker = ({ random, state }) => {
  const fd = state.someFd(random, "memfd");
  const argument = random.weighted([[8, 2], [1, 2 | 8], [1, 4], [1, 2 | 16], [1, 0], [1, 1]]);
  return { step: { do: "fcntl", fd, command: 1033, argument } };
};

const close: StepMaker = ({ random, state }) => {
  const open = state.fds.filter((fd) => fd.open);
  const [fd] = open.length > 0 ? [random.of(open)] : [];
  if (fd === undefined) return undefined;
  return {
    step: { do: "close", fd: { slot: fd.slot } },
    done: () => {
      fd.open = false;
    },
  };
};

const closeAgain: StepMaker = ({ random, state }) => {
  return {
    step: { do: "close", fd: state.someFd(random, "sync_file") },
    done: () => {},
  };
};

const dup: StepMaker = ({ random, state }) => {
  const open = state.fds.filter((fd) => fd.open);
  if (open.length === 0) return undefined;
  const fd = random.of(open);
  const to = state.next();
  return {
    step: { do: "dup", fd: { slot: fd.slot }, to },
    // A copy of a node has its handles, which the slots do not know.
    done: (ok) =>
      void (ok && fd.kind !== "node" && state.fds.push({ slot: to, kind: fd.kind, open: true })),
  };
};

/** Whether a dma-buf is ready, and what that leaves: who polls while a fence is pending holds it. */
export const pollDmaBuf: StepMaker = ({ random, state }) => {
  const fd = state.someFd(random, "dma-buf");
  return {
    step: { do: "poll", fd, events: random.of([1, 4, 5]) },
    then: [() => ({ step: { do: "fdinfo", fd } })],
  };
};

const look: StepMaker = ({ random, state }) => {
  const fd = state.someFd(random, random.of(KINDS));
  return {
    step: random.weighted<Made["step"]>([
      [3, { do: "fstat", fd }],
      [2, { do: "fstatfs", fd }],
      [4, { do: "fdinfo", fd }],
      [2, { do: "fcntl", fd, command: 3, argument: 0 }],
      [1, { do: "fcntl", fd, command: 1, argument: 0 }],
      [1, { do: "fcntl", fd, command: 1034, argument: 0 }],
      [1, { do: "poll", fd, events: random.of([1, 4, 5]) }],
      [3, {
        do: "lseek",
        fd,
        offset: random.of(["0", "1", "4096", "-1"]),
        // Which pages of a memfd are data and which are holes is its memory's to say.
        whence: random.of(state.kindOf(fd) === "memfd" ? [0, 1, 2] : [0, 1, 2, 3, 4]),
      }],
    ]),
  };
};

export const fileSteps: readonly (readonly [number, StepMaker])[] = [
  [1, pollDmaBuf],
  [10, openNode],
  [2, openHeap],
  [2, openUdmabuf],
  [3, memfd],
  [3, sizeMemfd],
  [3, sealMemfd],
  [4, close],
  [1, closeAgain],
  [2, dup],
  [14, look],
];
