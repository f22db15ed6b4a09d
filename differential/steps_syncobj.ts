/** Sync objects, as far as buffers need them. */
import type { StepMaker } from "./generate.ts";
import { pad } from "./_values.ts";

const create: StepMaker = ({ random, state }) => {
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "node"),
      name: "DRM_IOCTL_SYNCOBJ_CREATE",
      fields: { flags: { json: random.weighted([[3, 0], [3, 1], [1, 2]]) } },
    },
  };
};

const destroy: StepMaker = ({ random, state }) => {
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "node"),
      name: "DRM_IOCTL_SYNCOBJ_DESTROY",
      fields: { handle: { json: random.below(4) }, pad: pad(random) },
    },
  };
};

const toFd: StepMaker = ({ random, state }) => {
  const to = state.next();
  const flags = random.weighted([[3, 1], [2, 0], [1, 4]]);
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "node"),
      name: "DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD",
      fields: { handle: { json: random.below(4) }, flags: { json: flags } },
      gives: { kind: "fd", field: "fd", to },
    },
    done: (ok) =>
      void (ok &&
        state.fds.push({ slot: to, kind: flags === 1 ? "sync_file" : "syncobj", open: true })),
  };
};

const change: StepMaker = ({ random, state }) => {
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "node"),
      name: random.of(["DRM_IOCTL_SYNCOBJ_RESET", "DRM_IOCTL_SYNCOBJ_SIGNAL"]),
      fields: {
        handles: { json: [random.below(3)] },
        count_handles: { json: random.weighted([[6, 1], [1, 0]]) },
        pad: pad(random),
      },
    },
  };
};

export const syncobjSteps: readonly (readonly [number, StepMaker])[] = [
  [2, create],
  [1, destroy],
  [2, toFd],
  [1, change],
];
