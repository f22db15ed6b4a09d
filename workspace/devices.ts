/**
 * Finding and opening devices: by path, node name, driver name, sysfs path or device-tree
 * compatible; and saying why one cannot be had.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import { drivers } from "../drivers/_index.ts";
import type { Driver, DriverVersion } from "../drivers/driver.ts";
import { families } from "../drivers/families/_index.ts";
import { drm } from "../drivers/families/drm.ts";
import { type DeviceFamily, isUnidentified, type Unidentified } from "../drivers/family.ts";
import { NoDevice } from "../errors.ts";
import { O_RDWR } from "../ffi/constants.ts";
import { errno, errnoName } from "../ffi/errno.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import {
  type DeviceNode,
  familyOf,
  listFamily,
  listNodes,
  nodeKind,
  nodePath,
} from "./inventory.ts";
import type { Device } from "./objects.ts";
import type { Workspace } from "./workspace.ts";

/** The driver's code for what VERSION told: its own file, or the generic dumb-buffer one. */
export async function driverFor(version: DriverVersion): Promise<Driver> {
  const load = (Object.hasOwn(drivers, version.name) ? drivers[version.name] : undefined) ??
    drivers["dumb"];
  if (load === undefined) throw new Error("drivers/_index.ts has no dumb driver");
  return await load();
}

/** `render` of 107 in /etc/group, or the number. */
function groupName(kernel: Kernel, gid: number): string {
  const text = kernel.readText("/etc/group");
  if (typeof text !== "string") return String(gid);
  const line = text.split("\n").find((entry) => entry.split(":")[2] === String(gid));
  return line?.split(":")[0] ?? String(gid);
}

/** The family that a path would be of: a node of that name, or whatever is in a directory of its own. */
function familyAround(path: string): DeviceFamily | undefined {
  return familyOf(path) ??
    families.find(({ directory }) =>
      directory !== "/dev" && (path === directory || path.startsWith(`${directory}/`))
    );
}

/** Why a path cannot be opened, and what to do. */
export function explainOpen(kernel: Kernel, path: string, code: number): NoDevice {
  const positive = Math.abs(code);
  const name = errnoName(positive);
  if (positive === errno.EACCES || positive === errno.EPERM) {
    const stat = kernel.stat(path);
    if (typeof stat === "number") {
      return new NoDevice(`${path}: ${name}`, { errno: positive });
    }
    const group = groupName(kernel, stat.gid);
    const mode = stat.mode.toString(8).padStart(4, "0");
    const groupMay = (stat.mode & 0o060) === 0o060;
    return new NoDevice(
      `${path}: ${name}: you may not open it (mode ${mode}, owner ${stat.uid}, group ${group})`,
      {
        errno: positive,
        hint: groupMay && stat.gid !== 0
          ? `Join the group: sudo usermod -aG ${group} $USER, then log in again.`
          : "Run as root, or let a udev rule give the node to a group (render, video).",
      },
    );
  }
  if (positive === errno.ENOENT) {
    const family = familyAround(path);
    const nodes = family === undefined ? [] : listFamily(kernel, family);
    return new NoDevice(`${path}: ${name}: there is no such node`, {
      errno: positive,
      hint: nodes.length > 0
        ? `There are: ${nodes.join(", ")}.`
        : family?.absent ?? "Is the module loaded? boctl devices lists what is here.",
    });
  }
  if (positive === errno.ENODEV || positive === errno.ENXIO) {
    return new NoDevice(`${path}: ${name}: the node is there, its device is not`, {
      errno: positive,
      hint: "The driver was unloaded or the device is gone: dmesg tells.",
    });
  }
  if (positive === errno.EMFILE) {
    return new NoDevice(`${path}: ${name}: this process has too many open descriptors`, {
      errno: positive,
      hint: "ulimit -n tells the limit.",
    });
  }
  return new NoDevice(`${path}: ${name}`, { errno: positive });
}

/** Why an open file that does not say what it is is no device. */
export function explainVersion(path: string, { call, refused }: Unidentified): NoDevice {
  const positive = Math.abs(refused);
  const { noun } = familyOf(path) ?? drm;
  if (positive !== errno.ENOTTY && positive !== errno.EINVAL) {
    return new NoDevice(`${path}: ${call}: ${errnoName(positive)}`, { errno: positive });
  }
  return new NoDevice(`${path}: ${errnoName(positive)}: it is not a ${noun}`, {
    errno: positive,
    hint: `${families.map((one) => `${one.noun}s are ${one.places}`).join("; ")}; ` +
      "boctl devices lists them.",
  });
}

/** A node that does not open, or does not answer; why is found out when it is asked for. */
interface Refused {
  readonly explain: () => NoDevice;
}

/** Errors that tell of this process or machine: another node would only hide them. */
const notOfTheNode: readonly number[] = [errno.EMFILE, errno.ENFILE, errno.ENOMEM];

/**
 * What a node says of itself, opened and closed again.
 * @throws {NoDevice} when the reason is not the node's
 */
function probe(kernel: Kernel, path: string): DriverVersion | Refused {
  const refused = (code: number, explain: () => NoDevice): Refused => {
    if (notOfTheNode.includes(-code)) throw explain();
    return { explain };
  };
  const fd = kernel.open(path, O_RDWR);
  if (isError(fd)) return refused(fd, () => explainOpen(kernel, path, fd));
  try {
    const version = (familyOf(path) ?? drm).identify(kernel, fd);
    return isUnidentified(version)
      ? refused(version.refused, () => explainVersion(path, version))
      : version;
  } finally {
    kernel.close(fd);
  }
}

/** What a specification may be matched against. */
interface Candidate {
  readonly node: DeviceNode;
  readonly version: DriverVersion | Refused;
}

function candidates(kernel: Kernel): readonly Candidate[] {
  return listNodes(kernel).map((node) => ({ node, version: probe(kernel, node.path) }));
}

function driverNameOf({ node, version }: Candidate): string {
  return "explain" in version ? node.sysfsDriver : version.name;
}

/**
 * Whether a node that does not open may have that driver: sysfs names none for vgem, and others by
 * another spelling than VERSION does (rockchip-drm, virtio-gpu).
 */
function mayBe({ node, version }: Candidate, spec: string): boolean {
  const plain = (name: string): string => name.replace(/[-_]drm$/, "").replaceAll("_", "-");
  if (!("explain" in version)) return false;
  // A family of one driver has its name, whatever the driver calls itself in sysfs (kbase: mali).
  return node.family.name === spec || ["", plain(spec)].includes(plain(node.sysfsDriver));
}

/** Hears that a node was passed over for another one. */
type Notice = (line: string) => void;

function passedOver({ explain }: Refused, chosen: string, notice: Notice): void {
  notice(`${explain().message}: passed over for ${chosen} (--device names another)`);
}

/**
 * The node to take of those that fit a specification: one on which its driver makes buffers, else
 * the first.
 */
async function preferNode(
  spec: string,
  found: readonly Candidate[],
  notice: Notice,
): Promise<string | undefined> {
  const fitting: string[] = [];
  let refused: Refused | undefined;
  for (const { node, version } of found) {
    if ("explain" in version) refused ??= version;
    else if ((await driverFor(version)).node === node.node) fitting.push(node.path);
  }
  const [best] = fitting;
  if (best !== undefined) {
    if (fitting.length > 1) notice(`"${spec}" fits ${fitting.join(", ")}: taking the first`);
    return best;
  }
  const [first] = found;
  // Where it is the first that was refused, opening it tells why.
  if (first !== undefined && !("explain" in first.version) && refused !== undefined) {
    passedOver(refused, first.node.path, notice);
  }
  return first?.node.path;
}

/** Nodes in the order in which they are asked; a family is listed when those before it had none. */
function* asked(kernel: Kernel): Generator<string> {
  for (const family of families) {
    const paths = listFamily(kernel, family);
    const render = paths.filter((path) => nodeKind(path) === "render");
    yield* [...render, ...paths.filter((path) => !render.includes(path))];
  }
}

/**
 * The node to take where none is named: one with buffers of its own kind, else vgem's, else that
 * of any KMS device. Render nodes are asked first, and the first that fits ends the search: an
 * open of every node would wake every device, and fill every trace.
 */
async function defaultNode(kernel: Kernel, notice: Notice): Promise<string> {
  let second: string | undefined;
  let third: string | undefined;
  let refused: Refused | undefined;
  for (const path of asked(kernel)) {
    const version = probe(kernel, path);
    if ("explain" in version) {
      refused ??= version;
      continue;
    }
    const driver = await driverFor(version);
    if (driver.node !== nodeKind(path)) continue;
    if (driver.name === version.name && driver.lastChoice !== true) return path;
    if (version.name === "vgem") second ??= path;
    third ??= path;
  }
  const chosen = second ?? third;
  if (chosen !== undefined) {
    if (refused !== undefined) passedOver(refused, chosen, notice);
    return chosen;
  }
  if (refused !== undefined) throw refused.explain();
  throw explainOpen(kernel, drm.directory, -errno.ENOENT);
}

/**
 * The path of the node that a specification means.
 * @param notice hears of nodes that were passed over because they do not open
 * @throws {NoDevice} when nothing fits
 */
export async function resolveDevice(
  kernel: Kernel,
  spec: string | undefined,
  notice: Notice = () => {},
): Promise<string> {
  if (spec === undefined) return await defaultNode(kernel, notice);
  if (spec.startsWith("/dev/")) return spec;
  const named = nodePath(spec);
  if (named !== undefined) return named;
  const all = candidates(kernel);
  if (spec.startsWith("/sys/")) {
    const wanted = spec.replace(/\/+$/, "");
    const base = wanted.slice(wanted.lastIndexOf("/") + 1);
    const found = all.filter(({ node }) =>
      node.path.endsWith(`/${base}`) || node.sysfsName === base
    );
    const chosen = await preferNode(spec, found, notice);
    if (chosen !== undefined) return chosen;
    throw new NoDevice(`${spec}: no node of a device belongs to it`, {
      hint: "boctl devices lists the nodes with their sysfs names.",
    });
  }
  const found = all.filter((candidate) =>
    driverNameOf(candidate) === spec || candidate.node.sysfsName === spec ||
    candidate.node.compatible.includes(spec)
  );
  const chosen = await preferNode(spec, found, notice);
  if (chosen !== undefined) return chosen;
  const hidden = all.find((candidate) => mayBe(candidate, spec));
  if (hidden !== undefined && "explain" in hidden.version) throw hidden.version.explain();
  const names = [...new Set(all.map(driverNameOf).filter((name) => name !== ""))];
  throw new NoDevice(`no device "${spec}" on this ${kernel.identity.backend} kernel`, {
    errno: errno.ENOENT,
    hint: names.length === 0
      ? "There is no device at all: boctl devices tells why."
      : `${didYouMean(spec, names)}There are: ${names.join(", ")}.`,
  });
}

/**
 * Opens a device and holds it.
 * @param spec what names it; undefined for the one to take where none is named
 * @throws {NoDevice} when it does not exist, may not be opened, or is no node of one
 */
export async function openDevice(
  workspace: Workspace,
  spec: string | undefined,
  as?: string,
): Promise<Device> {
  const { kernel } = workspace;
  const path = await resolveDevice(kernel, spec, workspace.notice);
  const fd = kernel.open(path, O_RDWR);
  if (isError(fd)) throw explainOpen(kernel, path, fd);
  try {
    const family = familyOf(path) ?? drm;
    const version = family.identify(kernel, fd);
    if (isUnidentified(version)) throw explainVersion(path, version);
    const driver = await driverFor(version);
    const taken = workspace.find(version.name) !== undefined;
    const name = as === undefined && !taken ? version.name : workspace.nameFor("device", as);
    const device: Device = {
      kind: "device",
      name,
      path,
      kernel,
      fd,
      family,
      node: nodeKind(path),
      version,
      scratch: new Map(),
      mappings: new Map(),
      driver,
      handles: new Map(),
    };
    if (driver.fits?.(device) === false) {
      throw new NoDevice(
        `${path}: it calls itself ${version.name} ${version.major}.${version.minor}, ` +
          `but has no buffer calls (tyr, the Rust driver of that name, has none yet)`,
      );
    }
    const coherency = driver.coherency(device);
    workspace.journal.add({
      kind: "open",
      device: name,
      path,
      driver: version.name,
      version: `${version.major}.${version.minor}`,
      coherency,
      ...(kernel.deviceSide === undefined ? {} : { lineBytes: kernel.deviceSide.lineBytes }),
    });
    return workspace.hold(device);
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

/**
 * The device that a command works on: what `--on` names (a held device's name, or anything that
 * names a device of this kernel), else the workspace's own. Opened when first used.
 * @throws {NoDevice}
 */
export async function deviceFor(workspace: Workspace, on?: string): Promise<Device> {
  const heldAs = workspace.find(on ?? workspace.defaultDevice ?? "");
  if (heldAs?.kind === "device") return heldAs;
  const path = await resolveDevice(
    workspace.kernel,
    on ?? workspace.deviceSpec,
    workspace.notice,
  );
  const open = workspace.held.find((held): held is Device =>
    held.kind === "device" && held.path === path
  );
  const device = open ?? await openDevice(workspace, path);
  if (on === undefined) workspace.defaultDevice = device.name;
  return device;
}
