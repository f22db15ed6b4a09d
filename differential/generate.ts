/**
 * Random sequences of calls, valid and invalid.
 *
 * @module
 */
import { Random } from "./random.ts";
import type { Step } from "./step.ts";
import { type NodeProfile, NothingThere, State } from "./state.ts";
import { authSteps } from "./steps_auth.ts";
import { bufferSteps } from "./steps_buffers.ts";
import { coreSteps } from "./steps_core.ts";
import { dmaBufSteps } from "./steps_dma_buf.ts";
import { fileSteps } from "./steps_files.ts";
import { mappingSteps } from "./steps_mappings.ts";
import { primeSteps } from "./steps_prime.ts";
import { syncobjSteps } from "./steps_syncobj.ts";

/** The machine whose calls are made. */
export interface MachineProfile {
  readonly nodes: readonly NodeProfile[];
  readonly heaps: readonly string[];
  readonly udmabuf: boolean;
}

/** What a generator of steps has. */
export interface Making {
  readonly random: Random;
  readonly state: State;
  readonly machine: MachineProfile;
}

/** A step, and what is known once it has been made. */
export interface Made {
  readonly step: Step;
  readonly done?: (ok: boolean) => void;
  /** What often comes next, once it has succeeded: few random calls go deep by themselves. */
  readonly then?: readonly StepMaker[];
}

/** One kind of step; undefined where there is nothing to make it with. */
export type StepMaker = (making: Making) => Made | undefined;

const makers: readonly (readonly [weight: number, maker: StepMaker])[] = [
  ...fileSteps,
  ...coreSteps,
  ...authSteps,
  ...bufferSteps,
  ...primeSteps,
  ...dmaBufSteps,
  ...mappingSteps,
  ...syncobjSteps,
];

/** A sequence that goes on as long as it is asked. */
export class Sequence {
  readonly #making: Making;
  readonly #next: StepMaker[] = [];

  constructor(seed: number, machine: MachineProfile) {
    this.#making = { random: new Random(seed), state: new State(), machine };
  }

  #made(maker: StepMaker): Made | undefined {
    try {
      return maker(this.#making);
    } catch (error) {
      if (error instanceof NothingThere) return undefined;
      throw error;
    }
  }

  /** The next step. */
  next(): Made {
    for (;;) {
      const maker = this.#next.shift() ?? this.#making.random.weighted(makers);
      const made = this.#made(maker);
      if (made === undefined) continue;
      const { then = [], done } = made;
      return {
        step: made.step,
        done: (ok) => {
          done?.(ok);
          if (ok && !this.#making.random.oneIn(3)) this.#next.push(...then);
        },
      };
    }
  }
}
