/**
 * A board as commands tell of it.
 *
 * @module
 */
import type { Board, BoardDevice } from "../sim/board_types.ts";
import { wrapText } from "../output/wrap.ts";

const coherencies = {
  "none": "not coherent",
  "io-coherent": "I/O coherent",
  "full": "fully coherent",
} as const satisfies Readonly<Record<BoardDevice["coherency"], string>>;

/** A board as plain data: what stands in its file, with what is usual filled in. */
export function boardFacts(board: Board): Readonly<Record<string, unknown>> {
  const { name, summary, goodFor, arch, kernel, release, kernels, heaps, cma, udmabuf } = board;
  const { pageBytes, lineBytes, memoryMb, eviction, devices } = board;
  return {
    name,
    summary,
    goodFor,
    arch,
    kernel,
    release: release.text,
    kernels: Object.fromEntries([...kernels].map(([key, { release }]) => [key, release.text])),
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
    cma,
    udmabuf,
  };
}

/** `not coherent: panthor, 2 vgem; I/O coherent: panfrost`: those of one driver are counted. */
export function devicesText(devices: readonly BoardDevice[]): string {
  if (devices.length === 0) return "no device";
  const groups = new Map<string, Map<string, number>>();
  for (const { driver, coherency } of devices) {
    const group = groups.get(coherencies[coherency]) ?? new Map<string, number>();
    groups.set(coherencies[coherency], group.set(driver, (group.get(driver) ?? 0) + 1));
  }
  return [...groups].map(([coherency, drivers]) => {
    const names = [...drivers].map(([name, count]) => count === 1 ? name : `${count} ${name}`);
    return `${coherency}: ${names.join(", ")}`;
  }).join("; ");
}

/** `heaps: system, linux,cma; udmabuf`; "no heap" where there is none. */
export function heapsText({ heaps, udmabuf }: Pick<Board, "heaps" | "udmabuf">): string {
  const named = heaps.length === 0 ? "no heap" : `heaps: ${heaps.join(", ")}`;
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
  ].join(", ") + `; ${devicesText(devices)}; ${heapsText(board)}`;
}

/** `Linux 6.12.107 (@6.12), 7.2.13 (@7.2, usual)`. */
function kernelsText({ kernels, kernel, pageBytes: usual }: Board): string {
  const each = [...kernels].map(([name, { release, pageBytes }]) => {
    const pages = pageBytes === usual ? "" : `, ${pageBytes / 1024} KiB pages`;
    return `${release.text} (@${name}${name === kernel ? ", usual" : ""}${pages})`;
  });
  return `Linux ${each.join(", ")}`;
}

/**
 * A board in lines: what it is like, its kernels and devices, and what it is good for.
 * @param columns the longest line, in characters
 */
export function boardText(board: Board, columns: number): string {
  const { name, summary, goodFor, arch, pageBytes, lineBytes, devices } = board;
  const machine = [
    arch,
    kernelsText(board),
    ...(pageBytes === 4096 ? [] : [`${pageBytes / 1024} KiB pages`]),
    ...(lineBytes === 64 ? [] : [`cache lines of ${lineBytes} B`]),
  ];
  const indent = "    ";
  return [
    ...wrapText(summary, columns, indent, `sim:${name}: `),
    ...wrapText(machine.join("; "), columns, indent, "  "),
    ...wrapText(`${devicesText(devices)}; ${heapsText(board)}`, columns, indent, "  "),
    ...(goodFor === null ? [] : wrapText(`good for ${goodFor}`, columns, indent, "  ")),
  ].join("\n");
}
