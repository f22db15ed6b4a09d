/**
 * What a workspace holds, by name: open devices, buffer objects, dma-bufs and mappings.
 *
 * @module
 */
import type { DmaBufFacts } from "../drivers/dma_buf.ts";
import type { Exporter } from "../drivers/exporters.ts";
import type { BufferFacts, Caching, Driver, OpenDevice, Unmapped } from "../drivers/driver.ts";
import type { Mapping } from "../ffi/kernel.ts";

/** An open node with its driver's code. */
export interface Device extends OpenDevice {
  readonly kind: "device";
  readonly driver: Driver;
  /** Names that share one handle: PRIME gives the same handle for the same memory. */
  readonly handles: Map<number, Set<string>>;
}

/** A buffer object: a handle of one open file. */
export interface Buffer extends BufferFacts {
  readonly kind: "buffer";
  readonly name: string;
  readonly device: Device;
  readonly flagWord: number;
  readonly private: boolean;
  /** Its node does not map it. Unknown of imports. */
  readonly unmapped?: Unmapped;
  /** Where its memory was asked to be, for drivers with several places. */
  readonly placement?: string;
  /** Present on imports: this workspace's own descriptor of the dma-buf it came from. */
  readonly importedFrom?: {
    readonly fd: number;
    readonly name: string;
    readonly facts: DmaBufFacts;
    readonly exporter: Exporter;
  };
}

/** A dma-buf's descriptor. */
export interface DmaBuf {
  readonly kind: "dma-buf";
  readonly name: string;
  readonly fd: number;
  readonly facts: DmaBufFacts;
  readonly caching: Caching;
  readonly from: "export" | "heap" | "udmabuf" | "descriptor";
  readonly exporter: Exporter;
  /** The buffer or heap it came from. */
  readonly origin: string;
}

/** A kept mapping. */
export interface HeldMapping {
  readonly kind: "mapping";
  readonly name: string;
  readonly mapping: Mapping;
  /** The name it maps. */
  readonly of: string;
  readonly memory: string;
  readonly via: "node" | "dma-buf";
  readonly caching: Caching;
  /** Bytes of the file before it; absent where it was mapped from 0. */
  readonly start?: number;
  /** The dma-buf's descriptor and name for `--bracket`, where there is one. */
  readonly dmaBuf?: { readonly fd: number; readonly name: string };
}

export type Held = Device | Buffer | DmaBuf | HeldMapping;
export type HeldKind = Held["kind"];

/** Prefixes of the names that the tool hands out. */
export const namePrefixes: Readonly<Record<HeldKind, string>> = {
  device: "dev",
  buffer: "bo",
  "dma-buf": "db",
  mapping: "map",
};
