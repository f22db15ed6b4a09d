/**
 * All cases: tables of command lines and what must come of them, for real kernels and for the
 * simulated boards alike.
 *
 * @module
 */
import type { Case } from "../_case.ts";
import { beforeCachedMaps } from "./before_cached_maps.ts";
import { core } from "./core.ts";
import { displayDevices } from "./displays.ts";
import { dmaBufSources } from "./dma_buf_sources.ts";
import { fences } from "./fences.ts";
import { importerMatrix } from "./importers.ts";
import { panfrostBuffers } from "./panfrost.ts";
import { panthorBuffers } from "./panthor.ts";
import { panthorCalls } from "./panthor_calls.ts";
import { policy } from "./policy.ts";
import { sharing } from "./sharing.ts";
import { smoke } from "./smoke.ts";
import { vgem } from "./vgem.ts";

export const cases: readonly Case[] = [
  ...vgem,
  ...core,
  ...dmaBufSources,
  ...displayDevices,
  ...importerMatrix,
  ...panthorBuffers,
  ...panthorCalls,
  ...panfrostBuffers,
  ...sharing,
  ...beforeCachedMaps,
  ...fences,
  ...policy,
  ...smoke,
];
