/** Making buffers, and the calls of drivers on them. */
import type { Made, Making, StepMaker } from "./generate.ts";
import { drivers } from "./drivers/_index.ts";
import { created, type DriverSteps, nodesOf } from "./drivers/driver_steps.ts";
import { onDmaBuf, onNode, touch } from "./steps_mappings.ts";
import { toFd, toHandle } from "./steps_prime.ts";
import { aHandle, pad, someHandle } from "./_values.ts";

/** A creation, and what is done with the buffer. */
function withNext({ random }: Making, made: Made): Made {
  const then = random.of([
    [offset, onNode, touch],
    [toFd, toHandle, sync],
    [toFd, onDmaBuf, touch],
    [query],
  ]);
  return { ...made, then };
}

const createDumb: StepMaker = (making) => {
  const { random, state } = making;
  const all = state.open("node").filter(({ node }) =>
    drivers[node?.driver ?? ""]?.dumb !== "not cleared"
  );
  // Render nodes and GPUs refuse it; that is asked now and then.
  const dumb = all.filter(({ node }) => {
    const steps = drivers[node?.driver ?? ""];
    return node?.path.includes("card") === true && (steps === undefined || steps.dumb === true);
  });
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
  const size = width * height * bpp / 8;
  const made = created(making, random.of(nodes), "DRM_IOCTL_MODE_CREATE_DUMB", size, fields);
  return withNext(making, made);
};

/** A driver's creation, on one of its nodes. */
const creations: readonly (readonly [number, StepMaker])[] = Object.values(drivers).flatMap(
  ({ driver, create }) => {
    if (create === undefined) return [];
    const [weight, make] = create;
    const maker: StepMaker = (making) => {
      const nodes = nodesOf(making.state, driver);
      if (nodes.length === 0) return undefined;
      return withNext(making, make(making, making.random.of(nodes)));
    };
    return [[weight, maker] as const];
  },
);

const DUMB_OFFSET: NonNullable<DriverSteps["offset"]> = {
  name: "DRM_IOCTL_MODE_MAP_DUMB",
  zero: "pad",
};

const offset: StepMaker = (making) => {
  const { random, state } = making;
  const handle = aHandle(making);
  if (handle === undefined) return undefined;
  const to = state.next();
  const own = drivers[handle.of.node?.driver ?? ""]?.offset ?? DUMB_OFFSET;
  const { name, field = "offset", zero } = random.oneIn(15) ? DUMB_OFFSET : own;
  const odd = random.oneIn(15) && zero !== undefined ? { [zero]: { json: 1 } } : {};
  return {
    step: {
      do: "ioctl",
      fd: { slot: handle.of.slot },
      name,
      fields: { handle: someHandle(random, handle), ...odd },
      gives: { kind: "offset", field, to },
    },
    done: (ok) => {
      if (ok) handle.offset = to;
    },
  };
};

/** A driver's own calls on one of its buffers. */
const sync: StepMaker = (making) => {
  const handle = aHandle(making);
  if (handle === undefined) return undefined;
  return drivers[handle.of.node?.driver ?? ""]?.sync?.(making, handle);
};

const query: StepMaker = (making) => {
  const handle = aHandle(making);
  if (handle === undefined) return undefined;
  return drivers[handle.of.node?.driver ?? ""]?.query?.(making, handle);
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
    done: (ok) => {
      if (ok) handle.gone = true;
    },
  };
};

export const bufferSteps: readonly (readonly [number, StepMaker])[] = [
  [10, createDumb],
  ...creations,
  ...Object.values(drivers).flatMap(({ others = [] }) => others),
  [10, offset],
  [8, sync],
  [8, query],
  [1, destroyDumb],
];
