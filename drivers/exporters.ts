/**
 * What begin and end of CPU access do, by who exported the dma-buf: the `exp_name` of its fdinfo.
 * Sources: the `dma_buf_ops` of drm_prime.c, panthor_gem.c, panfrost_gem.c, msm_gem_prime.c,
 * virtgpu_prime.c, i915_gem_dmabuf.c, amdgpu_dma_buf.c, xe_dma_buf.c, omap_gem_dmabuf.c,
 * tegra's gem.c, udmabuf.c, system_heap.c, cma_heap.c (Linux 6.1 to 7.3).
 *
 * @module
 */

/**
 * `maintains`: they clean and invalidate. `none`: no hook touches a cache: begin waits for fences,
 * end does nothing. `moves`: begin may also move the memory to where the CPU reaches it. `unknown`:
 * an exporter that is not known here.
 */
export type ExporterHooks = "maintains" | "none" | "moves" | "unknown";

/** `exp_name` of what drm_gem_prime_export() made, whatever the driver puts into its ops then. */
export const GENERIC_EXPORTER = "drm";
/** Drivers that take the generic helper's dma-buf and give it a begin that moves the buffer. */
const movers: ReadonlySet<string> = new Set(["amdgpu", "xe"]);

const known: Readonly<Record<string, ExporterHooks>> = {
  [GENERIC_EXPORTER]: "none",
  // Its own name since some release after 6.12, and no hooks up to 7.3.
  msm: "none",
  virtio_gpu: "none",
  vmwgfx: "none",
  panthor: "maintains",
  panfrost: "maintains",
  i915: "maintains",
  tegra_drm: "maintains",
  udmabuf: "maintains",
  // Heaps name their dma-bufs after themselves.
  system: "maintains",
  reserved: "maintains",
  "linux,cma": "maintains",
  default_cma_region: "maintains",
  // Its begin fetches the pages, and refuses tiled buffers; no cache is touched.
  omapdrm: "none",
};

/** Who exported a dma-buf, as far as it is known. */
export interface Exporter {
  /** `exp_name`. */
  readonly name: string;
  /** The driver of the device whose buffer it is. */
  readonly driver?: string | undefined;
  /** It came from a dma-heap, whatever that is called. */
  readonly isHeap?: true;
}

/** What is known of an exporter's hooks. */
export function hooksOf({ name, driver = "", isHeap }: Exporter): ExporterHooks {
  if (isHeap === true) return "maintains";
  if (name === GENERIC_EXPORTER && movers.has(driver)) return "moves";
  return Object.hasOwn(known, name) ? known[name] ?? "unknown" : "unknown";
}

/** What begin and end do, as a clause. */
export function hooksText(exporter: Exporter): string {
  switch (hooksOf(exporter)) {
    case "maintains":
      return "begin and end maintain caches";
    case "moves":
      return `${exporter.driver}'s begin may move the buffer, and no cache is touched`;
    case "unknown":
      return "its own code, whose begin and end are not known here";
    case "none":
      return exporter.name === GENERIC_EXPORTER
        ? "the generic helper, begin and end only wait"
        : "its own code without hooks for caches, begin and end only wait";
  }
}

/** What a begin or an end is that touches no cache line. */
export interface CachelessBracket {
  readonly effect: "wait" | "none";
  readonly why: string;
}

/** The same of one begin or end; undefined where it maintains caches, or nobody knows. */
export function cachelessBracket(
  edge: "begin" | "end",
  exporter: Exporter,
): CachelessBracket | undefined {
  const hooks = hooksOf(exporter);
  if (hooks === "maintains" || hooks === "unknown") return undefined;
  if (edge === "end") {
    return {
      effect: "none",
      why: `no cache line is touched: the exporter, "${exporter.name}", has no end hook`,
    };
  }
  const moves = hooks === "moves"
    ? `; ${exporter.driver} may move the buffer to where the CPU reaches it`
    : exporter.name === GENERIC_EXPORTER && exporter.driver === undefined
    ? "; amdgpu and xe may move the buffer"
    : "";
  return {
    effect: "wait",
    why:
      `it waits for fences, and no cache line is touched: the exporter, "${exporter.name}", has ` +
      `no hook for that${moves}`,
  };
}
