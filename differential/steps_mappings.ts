/** Mappings and what is read and written through them. */
import { drivers } from "./drivers/_index.ts";
import type { MachineProfile, StepMaker } from "./generate.ts";
import { aHandle } from "./_values.ts";

const MAP_PRIVATE = 2;
const PROT_READ = 1;
const PROT_WRITE = 2;
const LENGTHS = [4096, 4096, 8192, 16384, 65536, 1, 5000, 131072, 0] as const;

function prot(random: { weighted<T>(items: readonly (readonly [number, T])[]): T }): number {
  return random.weighted([[8, PROT_READ | PROT_WRITE], [3, PROT_READ], [1, PROT_WRITE], [1, 0]]);
}

/** Whether a mapping may be touched: private ones of some drivers end the kernel's patience. */
function isTouchable(machine: MachineProfile, flags: number): boolean {
  if (flags !== MAP_PRIVATE) return true;
  return !machine.nodes.some(({ driver }) => drivers[driver]?.keepsPrivateMaps === true);
}

/** A mapping of some buffer on a node. */
export const onNode: StepMaker = (making) => {
  const { random, state, machine } = making;
  const handle = aHandle(making);
  if (handle === undefined) return undefined;
  const to = state.next();
  const length = random.oneIn(4) ? random.of(LENGTHS) : 4096;
  const bits = prot(random);
  const other = state.open("node");
  const node = random.oneIn(12) && other.length > 0 ? random.of(other) : handle.of;
  const plus = random.weighted([[20, 0], [2, 4096], [1, 16384], [1, 1]]);
  const isAway = node !== handle.of || plus !== 0 || handle.gone === true;
  const mayBeOwn = drivers[node.node?.driver ?? ""]?.ownObjects === true;
  if (mayBeOwn && isAway && handle.offset !== undefined) return undefined;
  const flags = random.oneIn(8) ? MAP_PRIVATE : 1;
  return {
    step: {
      do: "mmap",
      fd: { slot: node.slot },
      length,
      prot: bits,
      flags,
      offset: handle.offset === undefined
        // The first fake offset may be a buffer of the driver's own: a console's, a firmware's.
        ? { bytes: random.of(["0", "4096"]) }
        : { offsetOf: handle.offset, plus },
      to,
    },
    done: (ok) => {
      if (ok && isTouchable(machine, flags)) state.maps.push({ slot: to, length, prot: bits });
    },
  };
};

/** A mapping of some dma-buf. */
export const onDmaBuf: StepMaker = ({ random, state, machine }) => {
  const to = state.next();
  const length = random.of(LENGTHS);
  const bits = prot(random);
  const kind = random.weighted(
    [[8, "dma-buf"], [1, "memfd"], [1, "heap"], [1, "sync_file"]] as const,
  );
  const flags = random.weighted([[10, 1], [1, MAP_PRIVATE], [1, 0]]);
  return {
    step: {
      do: "mmap",
      fd: state.someFd(random, kind),
      length,
      prot: bits,
      flags,
      offset: {
        bytes: random.weighted([[10, "0"], [1, "4096"], [1, "16384"], [1, "1"], [1, "65536"]]),
      },
      to,
    },
    done: (ok) => {
      if (ok && isTouchable(machine, flags)) state.maps.push({ slot: to, length, prot: bits });
    },
  };
};

/** Reading or writing through some mapping. */
export const touch: StepMaker = ({ random, state }) => {
  if (state.maps.length === 0) return undefined;
  const map = random.of(state.maps);
  if (map.length === 0) return undefined;
  const offset = random.below(map.length);
  const length = Math.min(map.length - offset, random.of([1, 4, 16, 64]));
  // What a mapping may not do is reported as a short count, which a kernel of ours tells alike.
  const may = (bit: number): boolean => (map.prot & bit) !== 0;
  if (may(PROT_WRITE) && random.oneIn(2)) {
    return random.oneIn(2)
      ? { step: { do: "fill", map: map.slot, offset, length, value: random.below(256) } }
      : {
        step: {
          do: "write",
          map: map.slot,
          offset,
          hex: random.below(256).toString(16).padStart(2, "0").repeat(length),
        },
      };
  }
  if (!may(PROT_READ)) return undefined;
  return { step: { do: "read", map: map.slot, offset, length } };
};

const unmap: StepMaker = ({ random, state }) => {
  if (state.maps.length === 0) return undefined;
  const map = random.of(state.maps);
  return {
    step: { do: "unmap", map: map.slot },
    done: () => void state.maps.splice(state.maps.indexOf(map), 1),
  };
};

export const mappingSteps: readonly (readonly [number, StepMaker])[] = [
  [8, onNode],
  [10, onDmaBuf],
  [16, touch],
  [2, unmap],
];
