/**
 * /sys/kernel/debug/dri/N/gems: a driver's buffers with their labels, as panthor and panfrost print
 * them (panthor_gem_debugfs_print_bos(), panfrost_gem_debugfs_print_bos()). The caller is called
 * boctl/1 here.
 *
 * @module
 */
import type { GemObject } from "./gem.ts";

/** One column: its title, its width in characters, and what it tells of an object. */
export type GemsColumn<T> = readonly [title: string, width: number, of: (object: T) => string];

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** A column of bits. */
export function bits<T>(title: string, of: (object: T) => number): GemsColumn<T> {
  return [title, 12, (object) => hex(of(object))];
}

/** Bits 0 and 1 of every driver's state: imported; has a dma-buf, which every import has. */
export function sharing(object: GemObject): number {
  return (object.imported ? 1 : 0) | (object.dmaBuf === null ? 0 : 2);
}

/** What comes first. */
export const owner: readonly GemsColumn<GemObject>[] = [
  ["created-by", 32, () => "boctl/1"],
  ["global-name", 16, ({ flinkName }) => `${flinkName}`],
  ["refcount", 11, ({ references }) => `${references}`],
];

function residentBytes(object: GemObject): number {
  return object.resident && !object.imported ? object.residentBytes : 0;
}

/** What follows, the driver's own columns apart. */
export const extent: readonly GemsColumn<GemObject>[] = [
  ["size", 16, ({ bytes }) => `${bytes}`],
  ["resident-size", 16, (object) => `${residentBytes(object)}`],
  [
    "file-offset",
    18,
    ({ mapOffset, device }) => hex((mapOffset ?? 0n) / BigInt(device.machine.model.pageBytes)),
  ],
];

/**
 * The whole text.
 * @param head what explains the bits, a line each
 */
export function gemsText<T extends GemObject>(
  head: string,
  columns: readonly GemsColumn<T>[],
  objects: readonly T[],
  labelOf: (object: T) => string,
): string {
  const line = (cell: (column: GemsColumn<T>) => string, last: string): string =>
    columns.map((column) => cell(column).padEnd(column[1])).join("") + `${last}\n`;
  const title = line(([name]) => name, "label");
  const rule = (sign: string): string => `${sign.repeat(title.length - 1)}\n`;
  const sum = (of: (object: T) => number): number => objects.reduce((all, one) => all + of(one), 0);
  return `${head}\n${title}${rule("-")}` +
    objects.map((object) => line(([, , of]) => of(object), labelOf(object))).join("") +
    rule("=") +
    `Total size: ${sum(({ bytes }) => bytes)}, Total resident: ${sum(residentBytes)}, ` +
    "Total reclaimable: 0\n";
}
