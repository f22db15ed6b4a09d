import type { Board, BoardDevice } from "../board.ts";
import { CmaArea, HeapFile } from "../dmabuf/heap.ts";
import { UdmabufFile } from "../dmabuf/udmabuf.ts";
import { drivers } from "../drivers/_index.ts";
import { DrmFile } from "../drm/drm_file.ts";
import { DRM_MAJOR, type DrmNode } from "../drm/node.ts";
import type { Machine } from "../machine.ts";
import type { SimMapping } from "../mapping.ts";
import { FIRST_DYNAMIC_MINOR, MISC_MAJOR, type MiscDevice } from "../misc_device.ts";
import { deviceNode } from "./dev.ts";
import { NullFile } from "./plain_file.ts";
import { procDirectory } from "./proc.ts";
import { nodeParent, sysDirectory } from "./sys.ts";
import { Directory } from "./tree.ts";

/** The devices of a board, started. */
interface Started {
  readonly nodes: readonly { readonly device: BoardDevice; readonly node: DrmNode }[];
  readonly miscs: readonly { readonly device: MiscDevice; readonly rdev: string }[];
}

/** Starts the board's drivers; each device gets the next free card and render numbers. */
function startDevices(machine: Machine, board: Board): Started {
  const nodes: { device: BoardDevice; node: DrmNode }[] = [];
  const miscs: { device: MiscDevice; rdev: string }[] = [];
  let card = 0;
  let render = 128;
  for (const device of board.devices) {
    const driver = drivers[device.driver];
    if (driver === undefined) continue;
    const drm = driver.create({ machine, device });
    if (drm.kind === "misc") {
      miscs.push({ device: drm, rdev: `${MISC_MAJOR}:${FIRST_DYNAMIC_MINOR - miscs.length}` });
      continue;
    }
    const path = `/dev/dri/card${card}`;
    nodes.push({ device, node: { device: drm, kind: "primary", path, minor: card++ } });
    if (drm.features.render) {
      const renderPath = `/dev/dri/renderD${render}`;
      nodes.push({
        device,
        node: { device: drm, kind: "render", path: renderPath, minor: render++ },
      });
    }
  }
  return { nodes, miscs };
}

/** A board's names, and what happens to them. */
export interface Tree {
  readonly root: Directory;
  /**
   * A device goes, as when its driver is unbound: its nodes' names with it, and drm_dev_unplug() for
   * those who hold it open.
   * @param path below /sys/devices
   */
  unplug(path: string): void;
}

/** The whole tree of names of a board. */
export function buildTree(
  machine: Machine,
  board: Board,
  mappings: () => readonly SimMapping[],
): Tree {
  const root = new Directory();
  const dev = root.directory("dev");
  dev.put(
    "null",
    deviceNode(
      machine,
      "1:3",
      { mode: 0o666, gid: 0 },
      (flags, stat) => new NullFile(flags, stat, "/dev/null"),
    ),
  );
  const { nodes, miscs } = startDevices(machine, board);
  for (const { device, rdev } of miscs) {
    const { access, nodeName } = device;
    dev.put(nodeName, deviceNode(machine, rdev, access, (flags, stat) => device.open(flags, stat)));
  }
  if (nodes.length > 0) dev.directory("dri");
  for (const { node } of nodes) {
    const access = node.kind === "primary" ? board.access.primary : board.access.render;
    dev.directory("dri").put(
      node.path.slice("/dev/dri/".length),
      deviceNode(
        machine,
        `${DRM_MAJOR}:${node.minor}`,
        access,
        (flags, stat) => new DrmFile(node, flags, stat),
      ),
    );
  }
  const area = board.cma === null ? null : new CmaArea(board.cma.bytes);
  board.heaps.forEach((heap, i) => {
    const contiguous = board.cma?.heaps.includes(heap) ? area : null;
    const path = `/dev/dma_heap/${heap}`;
    dev.directory("dma_heap").put(
      heap,
      deviceNode(
        machine,
        `251:${i}`,
        board.access.heap,
        (flags, stat) => new HeapFile(machine, heap, flags, stat, path, contiguous),
      ),
    );
  });
  const { udmabuf } = board;
  if (udmabuf !== null) {
    dev.put(
      "udmabuf",
      deviceNode(
        machine,
        "10:125",
        board.access.udmabuf,
        (flags, stat) => new UdmabufFile(machine, udmabuf.sizeLimitMb, flags, stat),
      ),
    );
  }
  root.put("proc", procDirectory(machine, mappings));
  const sys = sysDirectory(board, nodes, miscs);
  root.put("sys", sys);
  return {
    root,
    unplug(path): void {
      for (const { device, node } of nodes.filter((one) => nodeParent(one.device) === path)) {
        const name = node.path.slice("/dev/dri/".length);
        dev.directory("dri").remove(name);
        sys.directory("class/drm").remove(name);
        sys.directory(`devices/${nodeParent(device)}`).remove("drm");
        sys.directory("kernel/debug/dri").remove(`${node.minor}`);
        node.device.unplugged = true;
      }
      for (const { device } of miscs.filter((one) => one.device.board.path === path)) {
        dev.remove(device.nodeName);
        sys.directory("class/misc").remove(device.nodeName);
        sys.directory(`devices/${path}`).remove("misc");
        device.unplug();
      }
    },
  };
}
