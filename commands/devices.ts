/** @module */
import type { Coherency, Driver, DriverVersion, OpenDevice } from "../drivers/driver.ts";
import { isUnidentified } from "../drivers/family.ts";
import { BoctlError } from "../errors.ts";
import { O_RDWR } from "../ffi/constants.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { escapeText } from "../output/escape.ts";
import { formatTable } from "../output/table.ts";
import { driverFor, explainOpen, explainVersion } from "../workspace/devices.ts";
import {
  type DeviceNode,
  DRM_DIRECTORY,
  hasUdmabuf,
  listHeaps,
  listNodes,
} from "../workspace/inventory.ts";
import { columnsOf } from "./_columns.ts";
import { type Context, defineCommand, type Result } from "./command.ts";

/** What could be told of one node; `error` where it could not be opened. */
interface NodeReport {
  readonly node: DeviceNode;
  readonly version?: DriverVersion;
  readonly coherency?: Coherency;
  readonly caps?: Readonly<Record<string, string>>;
  readonly can?: string;
  readonly error?: { readonly message: string; readonly hint?: string };
}

function canDo(node: DeviceNode, driver: Driver): string {
  if (driver.name === "dumb") {
    return node.node === "primary" ? "dumb buffers, export" : "import only (dumb needs the card)";
  }
  return driver.summary;
}

function failed(node: DeviceNode, { message, hint }: BoctlError): NodeReport {
  return { node, error: { message, ...(hint === undefined ? {} : { hint }) } };
}

async function report(kernel: Kernel, node: DeviceNode): Promise<NodeReport> {
  const fd = kernel.open(node.path, O_RDWR);
  if (isError(fd)) return failed(node, explainOpen(kernel, node.path, fd));
  try {
    const { family } = node;
    const version = family.identify(kernel, fd);
    if (isUnidentified(version)) throw explainVersion(node.path, version);
    const driver = await driverFor(version);
    const device: OpenDevice = {
      name: version.name,
      path: node.path,
      kernel,
      fd,
      family,
      node: node.node,
      version,
      scratch: new Map(),
      mappings: new Map(),
    };
    return {
      node,
      version,
      coherency: driver.coherency(device),
      caps: family.capabilities(kernel, fd),
      can: driver.fits?.(device) === false
        ? "nothing: a driver of that name without buffer calls (tyr)"
        : canDo(node, driver),
    };
  } catch (error) {
    // One node that does not answer hides no other.
    if (error instanceof BoctlError) return failed(node, error);
    throw error;
  } finally {
    kernel.close(fd);
  }
}

function row(found: NodeReport): string[] {
  const { node, version } = found;
  const where = [node.sysfsName, ...node.compatible.slice(0, 1)].filter((part) => part !== "")
    .map(escapeText).join(" ");
  return version === undefined
    ? [node.path, node.sysfsDriver || "?", "-", "-", where, found.error?.message ?? ""]
    : [
      node.path,
      escapeText(version.name),
      `${version.major}.${version.minor}`,
      found.coherency ?? "-",
      where,
      found.can ?? "",
    ];
}

/** Columns of a text for people where nobody told the terminal's. */
const USUAL_COLUMNS = 100;

async function boards(context: Context): Promise<Result> {
  const { listBoards } = await import("../sim/board.ts");
  const { boardFacts, boardText } = await import("./_board_facts.ts");
  const all = listBoards();
  const columns = columnsOf(context.asked) ?? USUAL_COLUMNS;
  return {
    data: { boards: all.map(boardFacts) },
    text: all.map((board) => boardText(board, columns)).join("\n"),
  };
}

export const command = defineCommand({
  name: "devices",
  summary: "DRM nodes, heaps and udmabuf, or the simulated boards",
  group: "devices",
  arguments: [],
  options: { boards: { type: "flag", help: "the simulated boards instead" } },
  noFallback: true,
  needsKernel: ({ options }) => !options.boards,
  examples: [
    { line: "devices", shows: "what this machine has, and why a node cannot be opened" },
    { line: "devices --boards", shows: "what can be simulated, and what each board is good for" },
    { line: "--device sim:qemu devices", shows: "the devices of a board" },
  ],
  ownProcess: () => true,
  async run(context, { options }): Promise<Result> {
    if (options.boards) return await boards(context);
    const { kernel } = context.workspace;
    const nodes: NodeReport[] = [];
    for (const node of listNodes(kernel)) nodes.push(await report(kernel, node));
    const heaps = listHeaps(kernel);
    const udmabuf = hasUdmabuf(kernel);
    // A live kernel's are getters, which JSON would leave out.
    const { backend, name, release, arch, pageSize } = kernel.identity;
    const identity = { backend, name, release, arch, pageSize };
    const lines = [
      `${identity.backend === "live" ? "live" : identity.name}: Linux ${identity.release}, ` +
      `${identity.arch}, ${identity.pageSize / 1024} KiB pages`,
    ];
    if (nodes.length === 0) {
      const missing = typeof kernel.readDirectory(DRM_DIRECTORY) === "number";
      lines.push(
        missing ? `no DRM device: there is no ${DRM_DIRECTORY}` : `${DRM_DIRECTORY} has no nodes`,
        "  hint: modprobe vgem gives a device without hardware; --device sim:panthor a simulated one",
      );
    } else {
      lines.push(formatTable([
        ["NODE", "DRIVER", "VERSION", "COHERENCY", "DEVICE", "CAN"],
        ...nodes.map(row),
      ]));
      const hints = new Set(nodes.map(({ error }) => error?.hint).filter((h) => h !== undefined));
      for (const hint of hints) lines.push(`  hint: ${hint}`);
    }
    lines.push(`heaps: ${heaps.length === 0 ? "none" : heaps.map(escapeText).join(", ")}`);
    lines.push(`udmabuf: ${udmabuf ? "yes" : "no (modprobe udmabuf)"}`);
    const data = {
      identity,
      nodes: nodes.map(({ node: { family, ...node }, ...found }) => ({
        node: { ...node, family: family.name },
        ...found,
      })),
      heaps,
      udmabuf,
    };
    return { data, text: lines.join("\n") };
  },
});
