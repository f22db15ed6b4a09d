/** Nodes of the arm64 board, in the order in which its drivers are loaded. */

/** Mali-G52, not coherent. */
export const panfrost = "renderD129";
/** Mali-G52, dma-coherent. */
export const panfrostCoherent = "renderD130";
/** Mali-G610, not coherent. */
export const panthor = "renderD131";
/** Mali-G610, dma-coherent. */
export const panthorCoherent = "renderD132";
/** Vivante GC7000, not coherent. */
export const etnaviv = "renderD134";
/** Adreno 200 without its firmware, not coherent. */
export const msm = "renderD136";
