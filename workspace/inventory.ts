/**
 * What a machine has: device nodes, dma-heaps, udmabuf. Read from /dev and sysfs through the kernel,
 * so that a simulated board is listed by the same code.
 *
 * @module
 */
import { HEAP_DIRECTORY } from "../drivers/dma_heap.ts";
import { families } from "../drivers/families/_index.ts";
import { drm } from "../drivers/families/drm.ts";
import { type DeviceFamily, type NodeKind, nodeKinds } from "../drivers/family.ts";
import { UDMABUF_PATH } from "../drivers/udmabuf.ts";
import { NoDevice } from "../errors.ts";
import { errno, errnoName } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";

/** Where DRM nodes live. */
export const DRM_DIRECTORY = drm.directory;

/** A node as the file system tells of it. */
export interface DeviceNode {
  readonly path: string;
  readonly family: DeviceFamily;
  readonly node: NodeKind;
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

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The family that a path is a node of, told by its name; undefined for other files. */
export function familyOf(path: string): DeviceFamily | undefined {
  return families.find(({ directory, nodeName }) =>
    path.startsWith(`${directory}/`) && nodeName.test(path.slice(directory.length + 1))
  );
}

/** The path of `card0`, of any family; undefined for what is no node's name. */
export function nodePath(name: string): string | undefined {
  const family = families.find(({ nodeName }) => nodeName.test(name));
  return family === undefined ? undefined : `${family.directory}/${name}`;
}

/** The kind of a node, told by its name. */
export function nodeKind(path: string): NodeKind {
  return (familyOf(path) ?? drm).kindOf(baseName(path));
}

/** The facts of one node by its path. */
export function describeNode(kernel: Kernel, path: string): DeviceNode {
  const family = familyOf(path) ?? drm;
  const device = `${family.sysfsClass}/${baseName(path)}/device`;
  const facts = uevent(kernel, `${device}/uevent`);
  const link = kernel.readLink(device);
  const driverLink = kernel.readLink(`${device}/driver`);
  const last = (target: string | number): string =>
    typeof target === "string" ? baseName(target) : "";
  const compatible: string[] = [];
  for (let i = 0; facts.has(`OF_COMPATIBLE_${i}`); i++) {
    compatible.push(facts.get(`OF_COMPATIBLE_${i}`) ?? "");
  }
  return {
    path,
    family,
    node: nodeKind(path),
    sysfsName: last(link),
    sysfsDriver: facts.get("DRIVER") ?? last(driverLink),
    compatible,
  };
}

/**
 * Paths of one family's nodes, by kind (the primary ones first) and number; none where there is no
 * directory.
 * @throws {NoDevice} when it cannot be listed
 */
export function listFamily(kernel: Kernel, family: DeviceFamily): readonly string[] {
  const { directory, nodeName, places } = family;
  const names = kernel.readDirectory(directory);
  if (names === -errno.ENOENT) return [];
  if (typeof names === "number") {
    throw new NoDevice(`${directory}: ${errnoName(names)}: it cannot be listed`, {
      errno: names,
      hint: `A device named by its path needs no list: ${places}.`,
    });
  }
  const rank = (name: string): number => nodeKinds.indexOf(family.kindOf(name));
  const number = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);
  return names.filter((name) => nodeName.test(name))
    .sort((a, b) => rank(a) - rank(b) || number(a) - number(b))
    .map((name) => `${directory}/${name}`);
}

/**
 * Paths of the nodes of every family, DRM's first.
 * @throws {NoDevice} when they cannot be listed
 */
export function listNodePaths(kernel: Kernel): readonly string[] {
  return families.flatMap((family) => listFamily(kernel, family));
}

/** Nodes with their facts, in the order of {@linkcode listNodePaths}. */
export function listNodes(kernel: Kernel): readonly DeviceNode[] {
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
