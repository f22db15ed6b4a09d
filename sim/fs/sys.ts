import type { Board, BoardDevice } from "../board.ts";
import { DRM_MAJOR, type DrmNode } from "../drm/node.ts";
import type { MiscDevice } from "../misc_device.ts";
import { Directory, link, text, type TextEntry } from "./tree.ts";

/** `../` as often as it takes from a path of /sys up to /sys. */
function up(path: string): string {
  return "../".repeat(path.split("/").length);
}

function leafOf(path: string): string {
  return path.split("/").at(-1) ?? path;
}

/** Below /sys/devices: the device that a DRM device's nodes hang off. */
export function nodeParent({ above, path }: BoardDevice): string {
  return above?.path ?? path;
}

/** Below /sys/devices: the device that has the node of the device tree. */
function nodePath({ path, treeNode }: BoardDevice): string {
  return treeNode === "own" ? path : path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** What udev and `--device` by device-tree compatible read. */
function uevent(device: BoardDevice): string {
  const lines: string[] = [];
  if (device.boundTo !== null) lines.push(`DRIVER=${device.boundTo}`);
  const { compatible } = device;
  if (compatible.length > 0) {
    const [unit, name = "gpu"] = leafOf(nodePath(device)).split(".");
    lines.push(`OF_NAME=${name}`, `OF_FULLNAME=/${name}@${unit}`);
    compatible.forEach((value, i) => lines.push(`OF_COMPATIBLE_${i}=${value}`));
    lines.push(`OF_COMPATIBLE_N=${compatible.length}`);
    if (device.treeNode === "own") {
      lines.push(`MODALIAS=of:N${name}T(null)${compatible.map((value) => `C${value}`).join("")}`);
    }
  }
  return [...lines, ...device.uevent].map((line) => `${line}\n`).join("");
}

/** The device that a driver made to gather others. */
function addAbove(sys: Directory, device: BoardDevice): void {
  if (device.above === null) return;
  const made = { ...device, ...device.above, bus: "platform", compatible: [], above: null };
  addDevice(sys, made);
}

function addDevice(sys: Directory, device: BoardDevice): void {
  addAbove(sys, device);
  const path = `devices/${device.path}`;
  const directory = sys.directory(path);
  directory.put("uevent", text(uevent(device)));
  directory.put("subsystem", link(`${up(path)}bus/${device.bus}`));
  sys.directory(`bus/${device.bus}/drivers`);
  if (device.boundTo !== null) {
    const driver = `bus/${device.bus}/drivers/${device.boundTo}`;
    sys.directory(`module/${device.driver.replaceAll("-", "_")}`);
    directory.put("driver", link(`${up(path)}${driver}`));
    sys.directory(driver).put(leafOf(device.path), link(`../../../../${path}`));
  }
  if (device.compatible.length > 0) {
    const node = sys.directory(`devices/${nodePath(device)}/of_node`);
    node.put("compatible", text(device.compatible.map((value) => `${value}\0`).join("")));
    if (device.coherency !== "none") node.put("dma-coherent", text(""));
  }
}

function addNode(sys: Directory, device: BoardDevice, node: DrmNode): void {
  const name = node.path.slice("/dev/dri/".length);
  const rdev = `${DRM_MAJOR}:${node.minor}`;
  const parent = nodeParent(device);
  const path = `devices/${parent}/drm/${name}`;
  const directory = sys.directory(path);
  directory.put("dev", text(`${rdev}\n`));
  directory.put(
    "uevent",
    text(`MAJOR=${DRM_MAJOR}\nMINOR=${node.minor}\nDEVNAME=dri/${name}\nDEVTYPE=drm_minor\n`),
  );
  directory.put("device", link(`../../../${leafOf(parent)}`));
  directory.put("subsystem", link(`${up(path)}class/drm`));
  sys.directory("class/drm").put(name, link(`../../${path}`));
  sys.directory("dev/char").put(rdev, link(`../../${path}`));
  if (node.device.debugGems() !== null) {
    const gems: TextEntry = { kind: "text", read: () => node.device.debugGems() ?? "" };
    sys.directory(`kernel/debug/dri/${node.minor}`).put("gems", gems);
  }
}

function addMisc(sys: Directory, { board, nodeName }: MiscDevice, rdev: string): void {
  const path = `devices/${board.path}/misc/${nodeName}`;
  const directory = sys.directory(path);
  directory.put("dev", text(`${rdev}\n`));
  const [major, minor] = rdev.split(":");
  directory.put("uevent", text(`MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${nodeName}\n`));
  directory.put("device", link(`../../../${board.path.split("/").at(-1)}`));
  directory.put("subsystem", link(`${up(path)}class/misc`));
  sys.directory("class/misc").put(nodeName, link(`../../${path}`));
  sys.directory("dev/char").put(rdev, link(`../../${path}`));
}

/** /sys as far as it is simulated: the devices, heaps, and udmabuf's parameters. */
export function sysDirectory(
  board: Board,
  nodes: readonly { readonly device: BoardDevice; readonly node: DrmNode }[],
  miscs: readonly { readonly device: MiscDevice; readonly rdev: string }[],
): Directory {
  const sys = new Directory();
  sys.directory("class/drm").put("version", text("drm 1.1.0 20060810\n"));
  for (const device of board.devices) addDevice(sys, device);
  for (const { device, node } of nodes) addNode(sys, device, node);
  for (const { device, rdev } of miscs) addMisc(sys, device, rdev);
  for (const heap of board.heaps) {
    sys.directory(`class/dma_heap/${heap}`).put("uevent", text(`DEVNAME=dma_heap/${heap}\n`));
  }
  if (board.udmabuf !== null) {
    sys.directory("class/misc/udmabuf").put("uevent", text("DEVNAME=udmabuf\n"));
    const parameters = sys.directory("module/udmabuf/parameters");
    parameters.put("list_limit", text("1024\n"));
    parameters.put("size_limit_mb", text(`${board.udmabuf.sizeLimitMb ?? 0}\n`));
  }
  return sys;
}
