/**
 * A simulated kernel that says it is live, for what commands do there that is no kernel's matter.
 *
 * @module
 */
import type { Kernel, KernelIdentity } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";

/** How many kernels are open, and the most that were at once. */
export class OpenKernels {
  now = 0;
  most = 0;
  opened = 0;
  readonly #backend: KernelIdentity["backend"];

  constructor(backend: KernelIdentity["backend"]) {
    this.#backend = backend;
  }

  /** Counts a kernel, which says what backend it is. */
  wrap = (kernel: Kernel): Kernel => {
    this.opened++;
    this.most = Math.max(this.most, ++this.now);
    const closed = (): void => void this.now--;
    const identity = { ...kernel.identity, backend: this.#backend };
    return new class extends WrappedKernel {
      override get identity(): KernelIdentity {
        return identity;
      }
      override dispose(): void {
        closed();
        super.dispose();
      }
    }(kernel);
  };
}
