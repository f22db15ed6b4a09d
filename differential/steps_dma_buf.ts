/** Calls on dma-bufs, and what makes them without a DRM device. */
import type { StepMaker } from "./generate.ts";

const sync: StepMaker = ({ random, state }) => {
  const flags = random.weighted([
    [3, 1],
    [3, 2],
    [4, 3],
    [3, 5],
    [3, 6],
    [4, 7],
    [1, 0],
    [1, 4],
    [1, 8],
    [1, 0x100],
  ]);
  // A begin may wait for a fence that only time signals.
  if (state.fences && (flags & 4) === 0) return undefined;
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "dma-buf"),
      name: "DMA_BUF_IOCTL_SYNC",
      fields: { flags: { json: flags } },
    },
  };
};

const setName: StepMaker = ({ random, state }) => {
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "dma-buf"),
      name: "DMA_BUF_SET_NAME_B",
      fields: {
        argument: { json: random.of(["a name", "x".repeat(31), "x".repeat(32), "", "@0x1000"]) },
      },
    },
  };
};

const exportSyncFile: StepMaker = ({ random, state }) => {
  const to = state.next();
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "dma-buf"),
      name: "DMA_BUF_IOCTL_EXPORT_SYNC_FILE",
      fields: { flags: { json: random.weighted([[3, 1], [3, 2], [3, 3], [1, 0], [1, 4]]) } },
      gives: { kind: "fd", field: "fd", to },
    },
    done: (ok) => void (ok && state.fds.push({ slot: to, kind: "sync_file", open: true })),
  };
};

const importSyncFile: StepMaker = ({ random, state }) => {
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "dma-buf"),
      name: "DMA_BUF_IOCTL_IMPORT_SYNC_FILE",
      fields: {
        flags: { json: random.weighted([[3, 1], [3, 2], [3, 3], [1, 0], [1, 4]]) },
        fd: { fdOf: state.someFd(random, "sync_file") },
      },
    },
  };
};

const heapAlloc: StepMaker = ({ random, state }) => {
  const heaps = state.open("heap");
  if (heaps.length === 0) return undefined;
  const to = state.next();
  return {
    step: {
      do: "ioctl",
      fd: { slot: random.of(heaps).slot },
      name: "DMA_HEAP_IOCTL_ALLOC",
      fields: {
        len: { json: random.of([0, 1, 4096, 5000, 16384, 65536]) },
        fd: { json: random.oneIn(15) ? 1 : 0 },
        fd_flags: {
          json: random.weighted([[6, 0o2000002], [2, 0o2000000], [1, 2], [1, 1], [1, 0x10]]),
        },
        heap_flags: { json: random.oneIn(15) ? 1 : 0 },
      },
      gives: { kind: "fd", field: "fd", to },
    },
    done: (ok) => void (ok && state.fds.push({ slot: to, kind: "dma-buf", open: true })),
  };
};

/** A udmabuf over some memfd. */
export const udmabuf: StepMaker = ({ random, state }) => {
  const devices = state.open("udmabuf");
  if (devices.length === 0) return undefined;
  const to = state.next();
  return {
    step: {
      do: "ioctl",
      fd: { slot: random.of(devices).slot },
      name: "UDMABUF_CREATE",
      fields: {
        memfd: { fdOf: state.someFd(random, "memfd") },
        flags: { json: random.weighted([[4, 1], [2, 0], [1, 2]]) },
        offset: { json: random.weighted([[8, 0], [1, 4096], [1, 16384], [1, 100]]) },
        // Pages have 4 KiB or 16.
        size: { json: random.weighted([[4, 16384], [3, 4096], [2, 8192], [1, 0], [1, 100]]) },
      },
      gives: { kind: "fd", field: "", to },
    },
    done: (ok) => void (ok && state.fds.push({ slot: to, kind: "dma-buf", open: true })),
  };
};

export const dmaBufSteps: readonly (readonly [number, StepMaker])[] = [
  [10, sync],
  [2, setName],
  [3, exportSyncFile],
  [3, importSyncFile],
  [5, heapAlloc],
  [6, udmabuf],
];
