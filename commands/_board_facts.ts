/**
 * A board as commands tell of it.
 *
 * @module
 */
import type { Board, BoardDevice } from "../sim/board_types.ts";
import { plural } from "../output/plural.ts";

const coherencies = {
  "none": "not coherent",
  "io-coherent": "I/O coherent",
  "full": "fully coherent",
} as const satisfies Readonly<Record<BoardDevice["coherency"], string>>;

/** A board as plain data: what stands in its file, with what is usual filled in. */
export function boardFacts(board: Board): Readonly<Record<string, unknown>> {
  const { name, summary, goodFor, arch, kernel, release, kernels, heaps, udmabuf } = board;
  const { pageBytes, lineBytes, memoryMb, eviction, devices } = board;
  return {
    name,
    summary,
    goodFor,
    arch,
    kernel,
    release: release.text,
    kernels: Object.fromEntries([...kernels].map(([key, { text }]) => [key, text])),
    pageBytes,
    lineBytes,
    memoryMb,
    eviction,
    devices: devices.map(({ driver, path, compatible, coherency, counterfactual }) => ({
      driver,
      path,
      compatible,
      coherency,
      counterfactual,
    })),
    heaps,
    udmabuf,
  };
}

/** `2 panthor (not coherent), vgem (not coherent)`: devices of one kind are counted. */
export function devicesText(devices: readonly BoardDevice[]): string {
  const counts = new Map<string, number>();
  for (const { driver, coherency } of devices) {
    const kind = `${driver} (${coherencies[coherency]})`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts.size === 0
    ? "no device"
    : [...counts].map(([kind, count]) => count === 1 ? kind : `${count} ${kind}`).join(", ");
}

/** `heaps system, linux,cma; udmabuf`; "no heap" where there is none. */
export function heapsText({ heaps, udmabuf }: Pick<Board, "heaps" | "udmabuf">): string {
  const named = heaps.length === 0
    ? "no heap"
    : `${heaps.length === 1 ? "heap" : "heaps"} ${heaps.join(", ")}`;
  return `${named}${udmabuf === null ? "" : "; udmabuf"}`;
}

/** What a board is, in one line. */
export function boardLine(board: Board): string {
  const { name, arch, release, pageBytes, lineBytes, devices } = board;
  return [
    `${name}: ${arch}`,
    `Linux ${release.text}`,
    `${pageBytes / 1024} KiB pages`,
    `cache lines of ${lineBytes} B`,
    `${plural(devices.length, "device")}: ${devicesText(devices)}`,
  ].join(", ") + `; ${heapsText(board)}`;
}
