/** Nodes of the arm64 board, in the order in which its drivers are loaded. */

/** Mali-G52, not coherent. */
export const panfrost = "renderD129";
/** Mali-G52, dma-coherent. */
export const panfrostCoherent = "renderD130";
/** Mali-G610, not coherent. */
export const panthor = "renderD131";
/** Mali-G610, dma-coherent. */
export const panthorCoherent = "renderD132";
/** V3D 4.2. */
export const v3d = "renderD133";
/** Vivante GC7000, not coherent. */
export const etnaviv = "renderD134";
/** Mali-400. */
export const lima = "renderD135";
/** Adreno 200 without its firmware, not coherent. */
export const msm = "renderD136";
/** VideoCore IV of a Cygnus, without a display. */
export const vc4 = "renderD137";
/** The same one's primary node, which has dumb buffers. */
export const vc4Card = "card9";
