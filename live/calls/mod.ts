/**
 * All call cases.
 *
 * @module
 */
import type { CallCase } from "./_call_case.ts";
import { busyBuffers } from "./busy.ts";
import { dmaBufs } from "./dma_bufs.ts";
import { mappings } from "./mapping.ts";
import { outOfReach } from "./out_of_reach.ts";
import { panfrostBuffers } from "./panfrost_buffers.ts";
import { panfrostSync } from "./panfrost_sync.ts";
import { panthorCreate } from "./panthor_create.ts";
import { panthorQueries } from "./panthor_queries.ts";
import { panthorSync } from "./panthor_sync.ts";
import { sharing } from "./sharing.ts";

/** All of them by subject. */
export const callGroups: Readonly<Record<string, readonly CallCase[]>> = {
  "panthor's creation": panthorCreate,
  "panthor's sync": panthorSync,
  "panthor's queries": panthorQueries,
  "panfrost's buffers": panfrostBuffers,
  "panfrost's sync": panfrostSync,
  "busy buffers": busyBuffers,
  "mappings": mappings,
  "dma-bufs": dmaBufs,
  "sharing": sharing,
  "what calls alone do not meet": outOfReach,
};

export const callCases: readonly CallCase[] = Object.values(callGroups).flat();
