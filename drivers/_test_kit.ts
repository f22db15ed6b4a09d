/**
 * What the tests of drivers share: an open device of a simulated board, and what a buffer request
 * leaves out.
 *
 * @module
 */
import { O_RDWR } from "../ffi/constants.ts";
import { errnoName } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import type { CreateRequest, OpenDevice } from "./driver.ts";
import { families } from "./families/_index.ts";
import { isUnidentified } from "./family.ts";

/** Opens a node of a board (`panthor@6.12`), of which `wrap` may change the kernel. */
export function openNode(
  board: string,
  path: string,
  wrap: (kernel: Kernel) => Kernel = (kernel) => kernel,
): OpenDevice {
  const kernel = wrap(openSimulatedKernel(loadBoard(board)));
  const fd = kernel.open(path, O_RDWR);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const family = families.find(({ nodeName }) => nodeName.test(name));
  if (family === undefined) throw new Error(`${path}: no family has such nodes`);
  const version = family.identify(kernel, fd);
  if (isUnidentified(version)) throw new Error(`${path}: ${errnoName(version.refused)}`);
  const node = family.kindOf(name);
  const [scratch, mappings] = [new Map(), new Map()];
  return { name: version.name, path, kernel, fd, family, node, version, scratch, mappings };
}

/** A request for a page, but for what `given` says. */
export function request(given: Partial<CreateRequest> = {}): CreateRequest {
  return { size: 4096n, cached: false, private: false, noMmap: false, flags: [], ...given };
}
