/**
 * Random sequences of calls, valid and invalid.
 *
 * @module
 */
import { Random } from "./random.ts";
import type { Step } from "./step.ts";
import { type NodeProfile, State } from "./state.ts";
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
  /** @param result as a trace has it: a number, a name, or an errno's name */
  readonly done?: (ok: boolean) => void;
}

/** One kind of step; undefined where there is nothing to make it with. */
export type StepMaker = (making: Making) => Made | undefined;

const makers: readonly (readonly [weight: number, maker: StepMaker])[] = [
  ...fileSteps,
  ...coreSteps,
  ...bufferSteps,
  ...primeSteps,
  ...dmaBufSteps,
  ...mappingSteps,
  ...syncobjSteps,
];

/** A sequence that goes on as long as it is asked. */
export class Sequence {
  readonly #making: Making;

  constructor(seed: number, machine: MachineProfile) {
    this.#making = { random: new Random(seed), state: new State(), machine };
  }

  /** The next step. */
  next(): Made {
    for (;;) {
      const made = this.#making.random.weighted(makers)(this.#making);
      if (made !== undefined) return made;
    }
  }
}
