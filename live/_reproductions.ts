/**
 * Scripts of `fixtures/reproductions/` and where they run: the same file on real kernels and on the
 * boards that mirror them. Who needs to see what a device reads runs on simulated boards only; a
 * script of one board, such as a new driver's, names it in its header: `# boards: sim:imx8`.
 *
 * @module
 */
import { amd64, arm64, type MachineName, machines } from "./_machine.ts";

/** Where a script runs. */
export interface Reproduction {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly on: readonly MachineName[];
  /** The node that its commands work on where they name none. */
  readonly device: string;
  /** Further boards, without a real counterpart. */
  readonly boards?: readonly string[];
  /** It makes the device access the buffer: not supported (77) on a live kernel. */
  readonly simulatedOnly?: boolean;
  /** Its end depends on what the caches of the machine keep: not run on live kernels. */
  readonly dependsOnCaches?: boolean;
  /** A boot allows it once on this device: who runs it there, the script or its C. Both, else. */
  readonly once?: "script" | "c";
}

/** Path of a script, relative to the project. */
export function pathOf({ name }: Reproduction): string {
  return `fixtures/reproductions/${name}.boctl`;
}

const gpus = ["arm64-7.2"] as const;

/** Those that run on real kernels, and their boards, once for each kind of device. */
const listed: readonly Reproduction[] = [
  {
    name: "first-export-fixes-the-mode",
    on: machines,
    device: "card0",
    boards: ["sim:panthor", "sim:panfrost"],
  },
  { name: "first-export-fixes-the-mode", on: gpus, device: "renderD131" },
  { name: "an-import-is-mapped-through-its-dma-buf", on: amd64, device: "card0" },
  { name: "reimport-gives-the-same-handle", on: machines, device: "card0" },
  { name: "reimport-gives-the-same-handle", on: arm64, device: "renderD132" },
  { name: "udmabuf-end-before-begin", on: machines, device: "card0", boards: ["sim:panthor"] },
  { name: "read-only-dma-buf-written-through-an-importer", on: arm64, device: "renderD131" },
  { name: "bo-sync-refuses-imports", on: gpus, device: "renderD131" },
  { name: "cached-buffers-can-leave-the-process", on: gpus, device: "renderD131" },
  { name: "heap-is-mapped-through-its-dma-buf", on: arm64, device: "renderD129" },
  {
    name: "exact-range-leaves-the-rest-stale",
    on: gpus,
    device: "renderD131",
    boards: ["sim:panthor", "sim:panfrost"],
    simulatedOnly: true,
  },
  {
    name: "mmap-at-an-offset-shows-the-first-page",
    on: machines,
    device: "card0",
    boards: ["sim:panthor", "sim:panfrost"],
  },
  { name: "mmap-at-an-offset-shows-the-first-page", on: arm64, device: "renderD129" },
  { name: "mmap-at-an-offset-shows-the-first-page", on: arm64, device: "renderD131" },
  // One job a device: see `calls/busy.ts`.
  { name: "a-job-keeps-its-buffers-busy", on: arm64, device: "renderD129", once: "script" },
  { name: "a-job-keeps-its-buffers-busy", on: arm64, device: "renderD130", once: "c" },
  {
    name: "missing-clean",
    on: gpus,
    device: "renderD131",
    boards: ["sim:panthor", "sim:panfrost"],
    simulatedOnly: true,
  },
  {
    name: "missing-invalidate",
    on: gpus,
    device: "renderD131",
    boards: ["sim:panthor", "sim:panfrost"],
    simulatedOnly: true,
  },
  {
    name: "wrong-direction",
    on: gpus,
    device: "renderD129",
    boards: ["sim:panthor", "sim:panfrost"],
    simulatedOnly: true,
  },
  {
    name: "one-line-short",
    on: gpus,
    device: "renderD131",
    boards: ["sim:panthor", "sim:panfrost"],
    simulatedOnly: true,
  },
  {
    name: "two-writers-in-one-line",
    on: gpus,
    device: "renderD131",
    boards: ["sim:panthor", "sim:panfrost"],
    simulatedOnly: true,
  },
  {
    name: "sync-of-64-bytes-of-64-mib",
    on: gpus,
    device: "renderD131",
    boards: ["sim:panthor", "sim:panfrost"],
    simulatedOnly: true,
  },
  {
    name: "cpu-and-device-in-one-buffer",
    on: gpus,
    device: "renderD131",
    boards: ["sim:panthor", "sim:panfrost"],
    simulatedOnly: true,
  },
  {
    name: "complex-exporter-without-begin-and-end",
    on: [],
    device: "card0",
    boards: ["sim:complex-exporter/card0"],
    simulatedOnly: true,
  },
  {
    name: "complex-exporter-with-begin-and-end",
    on: [],
    device: "card0",
    boards: ["sim:complex-exporter/card0"],
    simulatedOnly: true,
  },
  {
    name: "whole-buffer-begin-loses-a-neighbour",
    on: gpus,
    device: "renderD131",
    boards: ["sim:panthor"],
    dependsOnCaches: true,
  },
];

const folder = new URL("../fixtures/reproductions/", import.meta.url);

/** Scripts that name their boards themselves. */
const ofBoards: readonly Reproduction[] = [...Deno.readDirSync(folder)].flatMap(
  ({ name: file }) => {
    const text = Deno.readTextFileSync(new URL(file, folder));
    const boards = /^# boards: (.*)$/m.exec(text)?.[1]?.split(" ");
    if (boards === undefined) return [];
    const name = file.replace(/\.boctl$/, "");
    return [{ name, on: [], device: "card0", boards, simulatedOnly: true }];
  },
);

/** Every script. */
export const reproductions: readonly Reproduction[] = [...listed, ...ofBoards];
