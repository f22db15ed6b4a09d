/**
 * Device nodes by what another machine can find again: driver, kind and number among its like.
 *
 * @module
 */
import { drm } from "../drivers/families/drm.ts";
import { isUnidentified, type NodeKind } from "../drivers/family.ts";
import { NoDevice } from "../errors.ts";
import { O_RDWR } from "../ffi/constants.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { familyOf, listNodePaths, nodeKind } from "../workspace/inventory.ts";
import type { NodeName } from "./format.ts";

/** A node and its name. */
export interface NamedNode {
  readonly path: string;
  readonly node: NodeName;
}

/** The paths of one kind of node, by minor number; none where they cannot be listed. */
function pathsOf(kernel: Kernel, kind: NodeKind): readonly string[] {
  try {
    return listNodePaths(kernel).filter((path) => nodeKind(path) === kind);
  } catch (error) {
    if (error instanceof NoDevice) return [];
    throw error;
  }
}

/** Names a machine's device nodes. Nodes are opened only where their path does not tell. */
export class NodeNames {
  readonly #kernel: Kernel;
  readonly #drivers = new Map<string, { readonly name: string; readonly version: string }>();
  readonly #refused = new Set<string>();

  /** @param kernel the one whose nodes they are; the calls made on it are for its wrapper unseen */
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The name of the open node `fd`; undefined where it does not say what it is. */
  of(path: string, fd: number): NodeName | undefined {
    // Who opened it is the one to ask a file that answers once.
    if ((familyOf(path) ?? drm).asksOnce) this.#probe(path);
    else this.#learn(path, fd);
    return this.#nameOf(path);
  }

  /** All nodes of a kind that can be opened, by minor number. */
  list(kind: NodeKind): readonly NamedNode[] {
    return pathsOf(this.#kernel, kind).flatMap((path) => {
      this.#probe(path);
      const node = this.#nameOf(path);
      return node === undefined ? [] : [{ path, node }];
    });
  }

  #nameOf(path: string): NodeName | undefined {
    const driver = this.#drivers.get(path);
    if (driver === undefined) return undefined;
    const kind = nodeKind(path);
    const paths = pathsOf(this.#kernel, kind);
    const before = paths.slice(0, Math.max(0, paths.indexOf(path)));
    for (const other of before) this.#probe(other);
    const index = before.filter((other) => this.#drivers.get(other)?.name === driver.name).length;
    return { driver: driver.name, version: driver.version, kind, index };
  }

  #probe(path: string): void {
    if (this.#drivers.has(path) || this.#refused.has(path)) return;
    const fd = this.#kernel.open(path, O_RDWR);
    if (isError(fd)) {
      this.#refused.add(path);
      return;
    }
    this.#learn(path, fd);
    this.#kernel.close(fd);
  }

  #learn(path: string, fd: number): void {
    const version = (familyOf(path) ?? drm).identify(this.#kernel, fd);
    if (isUnidentified(version)) this.#refused.add(path);
    else {
      const { name, major, minor } = version;
      this.#drivers.set(path, { name, version: `${major}.${minor}` });
    }
  }
}
