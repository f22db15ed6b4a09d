/** Calls of the DRM core that need no buffer, and calls that there are not. */
import type { StepMaker } from "./generate.ts";
import { pad, someHandle } from "./_values.ts";

const getCap: StepMaker = ({ random, state }) => {
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "node"),
      name: "DRM_IOCTL_GET_CAP",
      fields: { capability: { json: random.oneIn(6) ? 0x77 : random.below(0x17) } },
    },
  };
};

const setClientCap: StepMaker = ({ random, state }) => {
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "node"),
      name: "DRM_IOCTL_SET_CLIENT_CAP",
      fields: { capability: { json: random.below(10) }, value: { json: random.below(3) } },
    },
  };
};

const setClientName: StepMaker = ({ random, state }) => {
  const name = random.of(["boctl", "a b", "x".repeat(64), "x".repeat(65), ""]);
  return {
    step: {
      do: "ioctl",
      fd: state.someFd(random, "node"),
      name: "DRM_IOCTL_SET_CLIENT_NAME",
      fields: name === "" ? {} : { name_len: { json: name.length }, name: { json: name } },
    },
  };
};

/** Numbers without a call, other types, and addresses that fault. */
const raw: StepMaker = ({ random, state }) => {
  const codes = [
    0xc01064ff,
    0xc0106440,
    0xc010645f,
    0x40086200,
    0xc0184800,
    0x40187542,
    0xc0086202,
    0x12345678,
    0xc0406400,
    0xc00c642d,
  ];
  const argument = random.oneIn(2)
    ? { address: random.of(["0", "0x1000", "0xffff888000000000"]) }
    : { hex: "00".repeat(64) };
  const kind = random.of(["node", "dma-buf", "memfd", "heap", "udmabuf", "sync_file"] as const);
  return { step: { do: "raw", fd: state.someFd(random, kind), code: random.of(codes), argument } };
};

const gemClose: StepMaker = ({ random, state }) => {
  const live = state.handles.filter(({ of }) => of.open);
  const handle = live.length > 0 ? random.of(live) : undefined;
  return {
    step: {
      do: "ioctl",
      fd: handle === undefined ? state.someFd(random, "node") : { slot: handle.of.slot },
      name: "DRM_IOCTL_GEM_CLOSE",
      fields: { handle: someHandle(random, handle), pad: pad(random) },
    },
    done: (ok) => {
      // Other slots may have the same number; closing it again through them is the point.
      if (!ok || handle === undefined) return;
      handle.gone = true;
      if (random.oneIn(2)) {
        state.handles.splice(state.handles.indexOf(handle), 1);
      }
    },
  };
};

export const coreSteps: readonly (readonly [number, StepMaker])[] = [
  [4, getCap],
  [1, setClientCap],
  [2, setClientName],
  [3, raw],
  [6, gemClose],
];
