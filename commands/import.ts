/** @module */
import { NotSupported, UsageError } from "../errors.ts";
import { formatSize } from "../syntax/size.ts";
import { adoptDmaBuf, importDmaBuf } from "../workspace/buffers.ts";
import { deviceFor } from "../workspace/devices.ts";
import type { Device, DmaBuf } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { bufferData, describeDmaBuf } from "./_describe.ts";
import { type Context, defineCommand, type DescriptorSource, type Result } from "./command.ts";

interface Given {
  readonly fd: number | undefined;
  readonly pid: number | undefined;
  readonly socket: string | undefined;
}

/** Where a descriptor comes from that the options name; undefined: from nowhere. */
function sourceOf({ fd, pid, socket }: Given): DescriptorSource | undefined {
  if (socket !== undefined) return { from: "socket", path: socket };
  if (fd === undefined) return undefined;
  return pid === undefined ? { from: "descriptor", fd } : { from: "process", pid, fd };
}

function originOf(source: DescriptorSource): string {
  switch (source.from) {
    case "descriptor":
      return `descriptor ${source.fd}`;
    case "process":
      return `descriptor ${source.fd} of process ${source.pid}`;
    case "socket":
      return source.path;
  }
}

/** A dma-buf of another program's, held under a name. */
async function received(
  { workspace, descriptors }: Context,
  source: DescriptorSource,
  as: string | undefined,
): Promise<DmaBuf> {
  const { identity } = workspace.kernel;
  if (identity.backend === "sim") {
    throw new NotSupported(
      `import: ${identity.name} is simulated: it knows nothing of other programs' dma-bufs`,
      "On this machine's kernel: --backend live.",
    );
  }
  return adoptDmaBuf(workspace, await descriptors.take(source), originOf(source), as);
}

/** @param told what the dma-buf is called to people */
function imported(
  workspace: Workspace,
  dmaBuf: DmaBuf,
  device: Device,
  as: string | undefined,
  told: string,
): Result {
  const buffer = importDmaBuf(workspace, dmaBuf, device, as);
  const sharers = [...device.handles.get(buffer.handle) ?? []].filter((n) => n !== buffer.name);
  return {
    data: {
      ...bufferData(buffer),
      from: dmaBuf.name,
      origin: dmaBuf.origin,
      sameHandleAs: sharers,
    },
    text: `${buffer.name}: ${told} on ${device.name} (${device.path}), ` +
      `${device.family.formatHandle(buffer.handle)}, ${formatSize(buffer.size)}, ` +
      (buffer.imported ? "imported" : "its own buffer, not an import") +
      (sharers.length > 0 ? `, the same handle as ${sharers.join(", ")}` : ""),
  };
}

export const command = defineCommand({
  name: "import",
  summary: "bring a dma-buf into a device: one of its own, or another program's",
  group: "buffers",
  arguments: [{ name: "DB", help: "the dma-buf; none with --fd or --socket", optional: true }],
  options: {
    on: { type: "text", value: "DEVICE", help: "the importing device" },
    as: { type: "text", value: "NAME", help: "the name to hold it by (else bo1, bo2, …)" },
    fd: { type: "integer", value: "N", help: "a descriptor that this process inherited" },
    pid: { type: "integer", value: "P", help: "with --fd: of that process (pidfd_getfd)" },
    socket: { type: "text", value: "PATH", help: "from whoever listens there (export --socket)" },
    hold: { type: "flag", help: "only hold the dma-buf, as db1; import it nowhere" },
  },
  details: `The result keeps its own descriptor of the dma-buf and is mapped through it.
An open device that has the memory already gives the same handle again; the
handle is closed with its last name.
  import --fd 7 --as a 7< <(…)      a descriptor that the shell left open
  import --pid 4711 --fd 12         another process's; Yama may refuse that
  import --socket /run/user/1000/x  what another program sends (SCM_RIGHTS)`,
  examples: [
    {
      line:
        "--device sim:qemu create --size 4KiB --as a , export a --as db , import db --on cirrus",
      shows: "a buffer of vgem in cirrus",
    },
  ],
  validate: ({ options, words }) => {
    if (options.pid !== undefined && options.fd === undefined) {
      throw new UsageError("import: --pid needs --fd N", { word: "--pid" });
    }
    const sources = [words[0], options.fd, options.socket].filter((one) => one !== undefined);
    if (sources.length !== 1) {
      throw new UsageError(
        sources.length === 0
          ? "import: DB is missing: the dma-buf (or --fd N, --socket PATH)"
          : "import: a name, --fd and --socket exclude each other",
        { hint: "boctl import --help" },
      );
    }
    if (options.hold && words[0] !== undefined) {
      throw new UsageError(`import: "${words[0]}" is held already`, { word: "--hold" });
    }
  },
  holds: ({ options }) => options.fd !== undefined || options.socket !== undefined,
  async run(context, { options, words }): Promise<Result> {
    const { workspace } = context;
    // A bad name is a usage error: found before any call is made.
    if (options.as !== undefined) {
      workspace.nameFor(options.hold ? "dma-buf" : "buffer", options.as);
    }
    const source = sourceOf({ fd: options.fd, pid: options.pid, socket: options.socket });
    if (source !== undefined && options.hold) {
      const dmaBuf = await received(context, source, options.as);
      const { data, text } = describeDmaBuf(dmaBuf);
      return { data, text: `${dmaBuf.name}: ${text}` };
    }
    if (source === undefined) {
      const dmaBuf = workspace.get(words[0] ?? "", ["dma-buf"]);
      const device = await deviceFor(workspace, options.on);
      return imported(workspace, dmaBuf, device, options.as, dmaBuf.name);
    }
    const device = await deviceFor(workspace, options.on);
    const dmaBuf = await received(context, source, undefined);
    try {
      return imported(workspace, dmaBuf, device, options.as, dmaBuf.origin);
    } finally {
      // The buffer has a descriptor of its own.
      workspace.release(dmaBuf);
    }
  },
});
