/** Making buffers, and the calls of drivers on them. */
import type { FieldValue, Step } from "./step.ts";
import type { FdSlot, State } from "./state.ts";
import type { Made, Making, StepMaker } from "./generate.ts";
import { onDmaBuf, onNode, touch } from "./steps_mappings.ts";
import { toFd, toHandle } from "./steps_prime.ts";
import { aHandle, bits, pad, smallSize, someHandle } from "./_values.ts";

function nodesOf(state: State, driver: string): readonly FdSlot[] {
  return state.open("node").filter(({ node }) => node?.driver === driver);
}

/** A creation whose handle goes to a slot of its own. */
function made(
  { random, state }: Making,
  of: FdSlot,
  name: string,
  size: number,
  fields: Readonly<Record<string, FieldValue>>,
): Made {
  const to = state.next();
  return {
    step: {
      do: "ioctl",
      fd: { slot: of.slot },
      name,
      fields,
      gives: { kind: "handle", field: "handle", to },
    },
    done: (ok) => void (ok && state.handles.push({ slot: to, of, size })),
    then: random.of([[offset, onNode, touch], [toFd, toHandle, sync], [toFd, onDmaBuf, touch], [
      query,
    ]]),
  };
}

const createDumb: StepMaker = (making) => {
  const { random, state } = making;
  const all = state.open("node");
  // Render nodes and GPUs refuse it; that is asked now and then.
  const dumb = all.filter(({ node }) =>
    node?.path.includes("card") === true && node.driver !== "panthor" && node.driver !== "panfrost"
  );
  const nodes = random.oneIn(8) ? all : dumb;
  if (nodes.length === 0) return undefined;
  const width = random.of([0, 1, 16, 64, 100]);
  const height = random.of([0, 1, 1, 16, 33]);
  const bpp = random.weighted([[6, 32], [2, 8], [1, 16], [1, 24], [1, 12], [1, 0], [1, 64], [
    1,
    1,
  ]]);
  const fields = random.oneIn(25)
    ? { width: { json: 0xffff_ffff }, height: { json: 0xffff_ffff }, bpp: { json: 0xffff_ffff } }
    : { width: { json: width }, height: { json: height }, bpp: { json: bpp }, flags: pad(random) };
  return made(
    making,
    random.of(nodes),
    "DRM_IOCTL_MODE_CREATE_DUMB",
    width * height * bpp / 8,
    fields,
  );
};

/** Sizes that no kernel has, and why: memory decides nothing here. */
const IMPOSSIBLE = ["1099511627777", "9223372036854775808", "18446744073709551615"];

const createPanthor: StepMaker = (making) => {
  const { random, state } = making;
  const nodes = nodesOf(state, "panthor");
  if (nodes.length === 0) return undefined;
  const size = smallSize(random);
  return made(making, random.of(nodes), "DRM_IOCTL_PANTHOR_BO_CREATE", size, {
    size: { json: random.oneIn(20) ? random.of(IMPOSSIBLE) : size },
    flags: { json: bits(random, 3) },
    exclusive_vm_id: { json: random.weighted([[8, 0], [2, 1], [1, 9]]) },
    pad: pad(random),
  });
};

const createPanfrost: StepMaker = (making) => {
  const { random, state } = making;
  const nodes = nodesOf(state, "panfrost");
  if (nodes.length === 0) return undefined;
  const size = smallSize(random);
  return made(making, random.of(nodes), "DRM_IOCTL_PANFROST_CREATE_BO", size, {
    size: { json: random.oneIn(25) ? 0xffff_ffff : size },
    flags: { json: bits(random, 7) },
    pad: pad(random),
  });
};

const vm: StepMaker = ({ random, state }) => {
  const nodes = nodesOf(state, "panthor");
  if (nodes.length === 0) return undefined;
  const fd = { slot: random.of(nodes).slot };
  const create: Step = {
    do: "ioctl",
    fd,
    name: "DRM_IOCTL_PANTHOR_VM_CREATE",
    fields: { flags: { json: random.oneIn(8) ? 1 : 0 } },
  };
  const destroy: Step = {
    do: "ioctl",
    fd,
    name: "DRM_IOCTL_PANTHOR_VM_DESTROY",
    fields: { id: { json: random.below(3) }, pad: pad(random) },
  };
  return { step: random.weighted([[3, create], [1, destroy]]) };
};

/** The call that tells a fake offset, by driver. */
const OFFSET_CALLS: Readonly<Record<string, string>> = {
  panthor: "DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET",
  panfrost: "DRM_IOCTL_PANFROST_MMAP_BO",
};

const offset: StepMaker = (making) => {
  const { random, state } = making;
  const handle = aHandle(making);
  if (handle === undefined) return undefined;
  const to = state.next();
  const driver = handle.of.node?.driver ?? "";
  const name = random.oneIn(15)
    ? "DRM_IOCTL_MODE_MAP_DUMB"
    : OFFSET_CALLS[driver] ?? "DRM_IOCTL_MODE_MAP_DUMB";
  const odd = random.oneIn(15)
    ? { [name.includes("PANFROST") ? "flags" : "pad"]: { json: 1 } }
    : {};
  return {
    step: {
      do: "ioctl",
      fd: { slot: handle.of.slot },
      name,
      fields: { handle: someHandle(random, handle), ...odd },
      gives: { kind: "offset", field: "offset", to },
    },
    done: (ok) => {
      if (ok) handle.offset = to;
    },
  };
};

const sync: StepMaker = (making) => {
  const { random } = making;
  const handle = aHandle(making);
  const driver = handle?.of.node?.driver;
  if (handle === undefined || (driver !== "panthor" && driver !== "panfrost")) return undefined;
  const op = (): FieldValue => ({
    record: {
      handle: someHandle(random, handle),
      type: { json: random.weighted([[4, 0], [4, 1], [1, 2]]) },
      offset: { json: random.of([0, 3, 64, 4096, 65536, 0xffff_ffff]) },
      size: { json: random.of([0, 7, 64, 4096, 0xffff_ffff]) },
    },
  });
  const ops = Array.from({ length: random.weighted([[6, 1], [2, 2], [1, 0]]) }, op);
  const fd = { slot: handle.of.slot };
  if (driver === "panfrost") {
    const fields = { ops: { list: ops }, op_count: { json: ops.length }, pad: pad(random) };
    return { step: { do: "ioctl", fd, name: "DRM_IOCTL_PANFROST_SYNC_BO", fields } };
  }
  const stride = random.weighted([[10, 24], [1, 23], [1, 0]]);
  const array = {
    stride: { json: stride },
    count: { json: ops.length },
    array: stride === 24 ? { list: ops } : { json: "@0x1000" },
  };
  const fields = { ops: { record: array } };
  return { step: { do: "ioctl", fd, name: "DRM_IOCTL_PANTHOR_BO_SYNC", fields } };
};

const query: StepMaker = (making) => {
  const { random } = making;
  const handle = aHandle(making);
  const driver = handle?.of.node?.driver;
  if (handle === undefined || (driver !== "panthor" && driver !== "panfrost")) return undefined;
  const fd = { slot: handle.of.slot };
  const which = someHandle(random, handle);
  if (driver === "panthor") {
    return {
      step: random.weighted<Step>([
        [3, {
          do: "ioctl",
          fd,
          name: "DRM_IOCTL_PANTHOR_BO_QUERY_INFO",
          fields: { handle: which },
        }],
        [1, {
          do: "ioctl",
          fd,
          name: "DRM_IOCTL_PANTHOR_BO_SET_LABEL",
          fields: {
            handle: which,
            pad: pad(random),
            label: { json: random.of(["a", null, "@0x1000"]) },
          },
        }],
        [1, {
          do: "ioctl",
          fd,
          name: "DRM_IOCTL_PANTHOR_DEV_QUERY",
          fields: { type: { json: random.below(6) }, size: { json: 0 } },
        }],
      ]),
    };
  }
  return {
    step: random.weighted<Step>([
      [3, { do: "ioctl", fd, name: "DRM_IOCTL_PANFROST_QUERY_BO_INFO", fields: { handle: which } }],
      [1, {
        do: "ioctl",
        fd,
        name: "DRM_IOCTL_PANFROST_SET_LABEL_BO",
        fields: {
          handle: which,
          pad: pad(random),
          label: { json: random.of(["a", null, "@0x1000"]) },
        },
      }],
      // Not DONTNEED: a buffer that may be purged and gets another handle makes panfrost warn.
      [2, {
        do: "ioctl",
        fd,
        name: "DRM_IOCTL_PANFROST_MADVISE",
        fields: { handle: which, madv: { json: random.weighted([[4, 0], [1, 2]]) } },
      }],
      [1, {
        do: "ioctl",
        fd,
        name: "DRM_IOCTL_PANFROST_WAIT_BO",
        fields: { handle: which, pad: pad(random), timeout_ns: { json: 0 } },
      }],
      [1, { do: "ioctl", fd, name: "DRM_IOCTL_PANFROST_GET_BO_OFFSET", fields: { handle: which } }],
    ]),
  };
};

const destroyDumb: StepMaker = (making) => {
  const { random } = making;
  const handle = aHandle(making);
  if (handle === undefined) return undefined;
  return {
    step: {
      do: "ioctl",
      fd: { slot: handle.of.slot },
      name: "DRM_IOCTL_MODE_DESTROY_DUMB",
      fields: { handle: someHandle(random, handle) },
    },
  };
};

const fence: StepMaker = (making) => {
  const { random, state } = making;
  const handle = aHandle(making);
  if (handle === undefined || handle.of.node?.driver !== "vgem") return undefined;
  const fd = { slot: handle.of.slot };
  return random.oneIn(3)
    ? {
      step: {
        do: "ioctl",
        fd,
        name: "DRM_IOCTL_VGEM_FENCE_SIGNAL",
        fields: { fence: { json: random.below(4) }, flags: { json: random.oneIn(9) ? 1 : 0 } },
      },
    }
    : {
      step: {
        do: "ioctl",
        fd,
        name: "DRM_IOCTL_VGEM_FENCE_ATTACH",
        fields: {
          handle: someHandle(random, handle),
          flags: { json: random.weighted([[4, 0], [4, 1], [1, 2]]) },
          pad: pad(random),
        },
      },
      done: (ok) => {
        if (ok) state.fences = true;
      },
    };
};

export const bufferSteps: readonly (readonly [number, StepMaker])[] = [
  [10, createDumb],
  [10, createPanthor],
  [10, createPanfrost],
  [2, vm],
  [10, offset],
  [8, sync],
  [8, query],
  [1, destroyDumb],
  [2, fence],
];
