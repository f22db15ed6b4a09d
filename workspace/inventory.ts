/**
 * What a machine has: DRM nodes, dma-heaps, udmabuf. Read from /dev and sysfs through the kernel,
 * so that a simulated board is listed by the same code.
 *
 * @module
 */
import { HEAP_DIRECTORY } from "../drivers/dma_heap.ts";
import { UDMABUF_PATH } from "../drivers/udmabuf.ts";
import { NoDevice } from "../errors.ts";
import { errno, errnoName } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";

/** Where DRM nodes live. */
export const DRM_DIRECTORY = "/dev/dri";

/** A DRM node as the file system tells of it. */
export interface DrmNode {
  readonly path: string;
  readonly node: "primary" | "render";
  /** The device behind it in sysfs, e.g. `78200000.gpu` or `0000:00:02.0`, or "". */
  readonly sysfsName: string;
  /** The kernel driver bound to it as sysfs tells, or "" (vgem has none). */
  readonly sysfsDriver: string;
  /** Device-tree compatible strings, most specific first. */
  readonly compatible: readonly string[];
}

function uevent(kernel: Kernel, path: string): Map<string, string> {
  const text = kernel.readText(path);
  if (typeof text !== "string") return new Map();
  return new Map(
    text.split("\n").map((line): [string, string] => {
      const equals = line.indexOf("=");
      return equals < 0 ? [line, ""] : [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

/** The kind of a node, told by its name. */
export function nodeKind(path: string): "primary" | "render" {
  return /\/renderD\d+$/.test(path) ? "render" : "primary";
}

/** The facts of one node by its path. */
export function describeNode(kernel: Kernel, path: string): DrmNode {
  const base = path.slice(path.lastIndexOf("/") + 1);
  const device = `/sys/class/drm/${base}/device`;
  const facts = uevent(kernel, `${device}/uevent`);
  const link = kernel.readLink(device);
  const driverLink = kernel.readLink(`${device}/driver`);
  const last = (target: string | number): string =>
    typeof target === "string" ? target.slice(target.lastIndexOf("/") + 1) : "";
  const compatible: string[] = [];
  for (let i = 0; facts.has(`OF_COMPATIBLE_${i}`); i++) {
    compatible.push(facts.get(`OF_COMPATIBLE_${i}`) ?? "");
  }
  return {
    path,
    node: nodeKind(path),
    sysfsName: last(link),
    sysfsDriver: facts.get("DRIVER") ?? last(driverLink),
    compatible,
  };
}

/**
 * Paths of the DRM nodes, primary ones first, each kind by number; none where there is no directory.
 * @throws {NoDevice} when it cannot be listed
 */
export function listNodePaths(kernel: Kernel): readonly string[] {
  const names = kernel.readDirectory(DRM_DIRECTORY);
  if (names === -errno.ENOENT) return [];
  if (typeof names === "number") {
    throw new NoDevice(`${DRM_DIRECTORY}: ${errnoName(names)}: it cannot be listed`, {
      errno: names,
      hint: "A device named by its path needs no list: --device /dev/dri/card0.",
    });
  }
  const numbered = (prefix: string): string[] =>
    names.filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .sort((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)));
  return [...numbered("card"), ...numbered("renderD")].map((name) => `${DRM_DIRECTORY}/${name}`);
}

/** DRM nodes with their facts, in the order of {@linkcode listNodePaths}. */
export function listNodes(kernel: Kernel): readonly DrmNode[] {
  return listNodePaths(kernel).map((path) => describeNode(kernel, path));
}

/** Names of the dma-heaps. */
export function listHeaps(kernel: Kernel): readonly string[] {
  const names = kernel.readDirectory(HEAP_DIRECTORY);
  return typeof names === "number" ? [] : names;
}

/** Whether /dev/udmabuf exists. */
export function hasUdmabuf(kernel: Kernel): boolean {
  return typeof kernel.stat(UDMABUF_PATH) !== "number";
}
