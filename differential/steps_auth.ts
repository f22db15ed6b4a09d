/** Masters, magic numbers, bus names, and calls of old that do nothing any more. */
import type { StepMaker } from "./generate.ts";
import type { FdRef } from "./step.ts";
import type { Random } from "./random.ts";
import type { FdSlot, State } from "./state.ts";

const O_RDWR = 2;

function cards(state: State): readonly FdSlot[] {
  return state.open("node").filter(({ node }) => node?.path.includes("/card") === true);
}

/** Mostly a primary node: the others are refused before anything else. */
function someCard(random: Random, state: State): FdRef {
  const open = cards(state);
  if (open.length === 0 || random.oneIn(8)) return state.someFd(random, "node");
  return { slot: random.of(open).slot };
}

/** The same card once more: only who is not its first knows that there is a master. */
const openAgain: StepMaker = ({ random, state }) => {
  const open = cards(state);
  if (open.length === 0) return undefined;
  const { node } = random.of(open);
  if (node === undefined) return undefined;
  const to = state.next();
  return {
    step: { do: "open", path: node.path, flags: O_RDWR, to },
    done: (ok) => void (ok && state.fds.push({ slot: to, kind: "node", node, open: true })),
    then: random.of([[getMagic, authMagic], [dropMaster, setMaster], [getUnique]]),
  };
};

const getMagic: StepMaker = ({ random, state }) => {
  const fd = someCard(random, state);
  return {
    step: { do: "ioctl", fd, name: "DRM_IOCTL_GET_MAGIC", fields: {} },
    done: (ok) => {
      const of = state.fds.find(({ slot }) => "slot" in fd && slot === fd.slot);
      if (ok && of !== undefined) of.hasMagic = true;
    },
    then: [authMagic],
  };
};

/** Masters number the magics that they give from 1. */
const authMagic: StepMaker = ({ random, state }) => ({
  step: {
    do: "ioctl",
    fd: someCard(random, state),
    name: "DRM_IOCTL_AUTH_MAGIC",
    fields: {
      magic: { json: random.weighted([[6, 1], [4, 2], [2, 3], [1, 0], [1, 99], [1, 0xffff_ffff]]) },
    },
  },
});

/**
 * Not for a file with a magic: where it gets a master of its own, its magic stays with the old one,
 * whose list goes on naming the file after it has been closed, and AUTH_MAGIC then writes into
 * memory that is another's (drm_new_set_master(), drm_master_release()).
 */
const setMaster: StepMaker = ({ random, state }) => {
  const fd = someCard(random, state);
  if ("slot" in fd && state.fds.find(({ slot }) => slot === fd.slot)?.hasMagic === true) {
    return undefined;
  }
  return { step: { do: "ioctl", fd, name: "DRM_IOCTL_SET_MASTER", fields: {} } };
};

const dropMaster: StepMaker = ({ random, state }) => ({
  step: { do: "ioctl", fd: someCard(random, state), name: "DRM_IOCTL_DROP_MASTER", fields: {} },
});

const setVersion: StepMaker = ({ random, state }) => {
  const version = (of: readonly number[]): { json: number } => ({ json: random.of(of) });
  return {
    step: {
      do: "ioctl",
      fd: someCard(random, state),
      name: "DRM_IOCTL_SET_VERSION",
      fields: {
        drm_di_major: version([1, 1, 1, -1, 2]),
        drm_di_minor: version([4, 1, 0, 5, -1]),
        drm_dd_major: version([-1, -1, 1, 0, 2]),
        drm_dd_minor: version([0, 1, 2, -1, 99]),
      },
    },
    then: [getUnique],
  };
};

const getUnique: StepMaker = ({ random, state }) => ({
  step: {
    do: "ioctl",
    fd: someCard(random, state),
    name: "DRM_IOCTL_GET_UNIQUE",
    fields: {
      unique_len: { json: random.weighted([[4, 32], [1, 4], [1, 0]]) },
      unique: { json: random.weighted([[6, "buffer:32"], [1, "@0x1000"], [1, "@null"]]) },
    },
  },
});

/** A request code, read and write, of so many bytes: the kernel looks at the number alone. */
function code(number: number, bytes: number): number {
  return (0xc000_6400 | (bytes << 16) | number) >>> 0;
}

/** GET_STATS, SET_UNIQUE, BLOCK, UNBLOCK, ADD_DRAW, RM_DRAW, FINISH, UPDATE_DRAW. */
const HOLLOW = [0x06, 0x10, 0x12, 0x13, 0x27, 0x28, 0x2c, 0x3f];
/** Calls of drivers with shadow attachments, which kernels before 6.8 still list. */
const LEGACY = [
  ...[0x03, 0x04, 0x08, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d],
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x29, 0x2a, 0x2b],
  ...[0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39],
];

const ofOld: StepMaker = ({ random, state }) => {
  const number = random.of(random.oneIn(2) ? HOLLOW : LEGACY);
  const argument = random.oneIn(12)
    ? { address: random.of(["0", "0x1000"]) }
    : { hex: random.of(["00", "ff"]).repeat(64) };
  const fd = someCard(random, state);
  return { step: { do: "raw", fd, code: code(number, 64), argument } };
};

/** GET_CLIENT, as far as it is alike: behind idx and auth is the number of the process. */
const getClient: StepMaker = ({ random, state }) => ({
  step: {
    do: "raw",
    fd: someCard(random, state),
    code: code(0x05, 8),
    argument: { hex: random.oneIn(5) ? "0100000000000000" : "00000000ffffffff" },
  },
});

export const authSteps: readonly (readonly [number, StepMaker])[] = [
  [3, openAgain],
  [2, getMagic],
  [2, authMagic],
  [2, setMaster],
  [2, dropMaster],
  [1, setVersion],
  [1, getUnique],
  [2, ofOld],
  [2, getClient],
];
