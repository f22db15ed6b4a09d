/**
 * What the differential test does with a driver's own calls: a file a driver, found by its name.
 *
 * @module
 */
import type { Made, Making, StepMaker } from "../generate.ts";
import type { FdSlot, HandleSlot, State } from "../state.ts";
import type { FieldValue } from "../step.ts";

/** A driver's own calls. */
export interface DriverSteps {
  /** As VERSION names it. */
  readonly driver: string;
  /**
   * It has dumb buffers, so that CREATE_DUMB on its primary node is worth asking; or they show what was
   * in memory before, so that it is not asked at all.
   */
  readonly dumb?: true | "not cleared";
  /** How often what it creates is asked for, and what: absent, its buffers are dumb ones. */
  readonly create?: readonly [weight: number, make: (making: Making, of: FdSlot) => Made];
  /** The call that tells a fake offset, in which field, and a field of it that has to be 0. */
  readonly offset?: {
    readonly name: string;
    readonly field?: string;
    readonly zero?: string;
  };
  /** Touching a private mapping of its buffers is a BUG() of the kernel: they are only made. */
  readonly keepsPrivateMaps?: true;
  /**
   * It has objects of its own between those of handles, whose fake offsets no call tells: what is
   * at another offset than a handle's own is a matter of where they lie.
   */
  readonly ownObjects?: true;
  /**
   * It imports memory of one piece alone. What another's is, is a matter of luck: it is given no
   * dma-buf but its own.
   */
  readonly wantsOnePiece?: true;
  /** A call on a buffer of its: cache maintenance, or beginning and ending an access. */
  sync?(making: Making, handle: HandleSlot): Made | undefined;
  /** A call on a buffer of its that asks, waits or labels. */
  query?(making: Making, handle: HandleSlot): Made | undefined;
  /** Calls that need no buffer. */
  readonly others?: readonly (readonly [weight: number, maker: StepMaker])[];
}

/** The open nodes of a driver. */
export function nodesOf(state: State, driver: string): readonly FdSlot[] {
  return state.open("node").filter(({ node }) => node?.driver === driver);
}

/** A creation, whose handle goes to a slot of its own; `field` is where the call tells it. */
export function created(
  { state }: Making,
  of: FdSlot,
  name: string,
  size: number,
  fields: Readonly<Record<string, FieldValue>>,
  field = "handle",
): Made {
  const to = state.next();
  return {
    step: {
      do: "ioctl",
      fd: { slot: of.slot },
      name,
      fields,
      gives: { kind: "handle", field, to },
    },
    done: (ok) => void (ok && state.handles.push({ slot: to, of, size })),
  };
}

/** A call on a node, without more. */
export function asked(
  of: FdSlot,
  name: string,
  fields: Readonly<Record<string, FieldValue>> = {},
): Made {
  return { step: { do: "ioctl", fd: { slot: of.slot }, name, fields } };
}
