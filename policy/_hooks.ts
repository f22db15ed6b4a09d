/**
 * Which exporters have begin and end hooks.
 *
 * @module
 */

/**
 * `exp_name` of dma-bufs without them: those of the generic helper, and msm's, which has a name of its
 * own since some release after 6.12 and no hooks up to 7.3.
 */
const HOOKLESS: ReadonlySet<string> = new Set(["drm", "msm"]);

/** Whether DMA_BUF_IOCTL_SYNC does cache maintenance for dma-bufs of an exporter. */
export function hasHooks(exporter: string): boolean {
  return !HOOKLESS.has(exporter);
}
