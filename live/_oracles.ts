/**
 * Scripts of `fixtures/oracles/`: what the tests of the kernel and of IGT want, for real kernels and
 * for the boards that mirror them.
 *
 * @module
 */
import { amd64, everyAmd64, type MachineName } from "./_machine.ts";

/** A script and where it runs. */
export interface Oracle {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly on: readonly MachineName[];
}

/** Path of a script, relative to the project. */
export function oraclePath({ name }: Oracle): string {
  return `fixtures/oracles/${name}.boctl`;
}

/** Every script; the node that its commands work on where they name none is card0. */
export const oracles: readonly Oracle[] = [
  { name: "heap-selftest", on: amd64 },
  { name: "udmabuf-selftest", on: amd64 },
  { name: "igt-vgem_basic", on: everyAmd64 },
  { name: "igt-vgem_slow", on: everyAmd64 },
  { name: "igt-prime_vgem", on: everyAmd64 },
  { name: "igt-prime_self_import", on: everyAmd64 },
  { name: "igt-prime_mmap", on: everyAmd64 },
  { name: "igt-dmabuf_sync_file", on: everyAmd64 },
  { name: "igt-syncobj_basic", on: amd64 },
];
