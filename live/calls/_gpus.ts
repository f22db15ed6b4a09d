/**
 * The GPUs of the arm64 board, as cases see them.
 *
 * @module
 */
import * as nodes from "../cases/_nodes.ts";

/** One GPU of the arm64 board. */
export interface Gpu {
  readonly driver: "panthor" | "panfrost";
  /** Its render node. */
  readonly node: string;
  /** The render node of the driver's other device: what comes from there is foreign. */
  readonly sibling: string;
  /** Whether it snoops the CPU's caches ("dma-coherent"). */
  readonly coherent: boolean;
}

/** Both panfrost devices. */
export const panfrosts: readonly Gpu[] = [
  {
    driver: "panfrost",
    node: nodes.panfrost,
    sibling: nodes.panfrostCoherent,
    coherent: false,
  },
  {
    driver: "panfrost",
    node: nodes.panfrostCoherent,
    sibling: nodes.panfrost,
    coherent: true,
  },
];

/** Both panthor devices. */
export const panthors: readonly Gpu[] = [
  {
    driver: "panthor",
    node: nodes.panthor,
    sibling: nodes.panthorCoherent,
    coherent: false,
  },
  {
    driver: "panthor",
    node: nodes.panthorCoherent,
    sibling: nodes.panthor,
    coherent: true,
  },
];

/** All four. */
export const gpus: readonly Gpu[] = [...panfrosts, ...panthors];
