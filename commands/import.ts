/** @module */
import { formatSize } from "../syntax/size.ts";
import { importDmaBuf } from "../workspace/buffers.ts";
import { deviceFor } from "../workspace/devices.ts";
import { bufferData } from "./_describe.ts";
import { defineCommand, type Result } from "./command.ts";

export const command = defineCommand({
  name: "import",
  summary: "bring a dma-buf into a device",
  group: "buffers",
  arguments: [{ name: "DB", help: "the dma-buf" }],
  options: {
    on: { type: "text", value: "DEVICE", help: "the importing device" },
    as: { type: "text", value: "NAME", help: "the name to hold it by (else bo1, bo2, …)" },
  },
  details: `The result keeps its own descriptor of the dma-buf and is mapped through it.
An open device that has the memory already gives the same handle again; the
handle is closed with its last name.`,
  examples: [
    {
      line:
        "--device sim:qemu create --size 4KiB --as a , export a --as db , import db --on cirrus",
      shows: "a buffer of vgem in cirrus",
    },
  ],
  async run({ workspace }, { options, words }): Promise<Result> {
    const dmaBuf = workspace.get(words[0] ?? "", ["dma-buf"]);
    // A bad name is a usage error: found before any call is made.
    if (options.as !== undefined) workspace.nameFor("buffer", options.as);
    const device = await deviceFor(workspace, options.on);
    const buffer = importDmaBuf(workspace, dmaBuf, device, options.as);
    const sharers = [...device.handles.get(buffer.handle) ?? []].filter((n) => n !== buffer.name);
    return {
      data: {
        ...bufferData(buffer),
        from: dmaBuf.name,
        sameHandleAs: sharers,
      },
      text: `${buffer.name}: ${dmaBuf.name} on ${device.name} (${device.path}), handle ` +
        `${buffer.handle}, ${formatSize(buffer.size)}, ` +
        (buffer.imported ? "imported" : "its own buffer, not an import") +
        (sharers.length > 0 ? `, the same handle as ${sharers.join(", ")}` : ""),
    };
  },
});
