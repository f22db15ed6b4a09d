/** @module */
import { formatTable } from "../output/table.ts";
import { formatSize } from "../syntax/size.ts";
import { deviceFor } from "../workspace/devices.ts";
import { sizeOf } from "../workspace/maps.ts";
import type { Held } from "../workspace/objects.ts";
import { defineCommand, type Result } from "./command.ts";

function detail(object: Held): string {
  switch (object.kind) {
    case "device":
      return `${object.path}, ${object.version.name} ${object.version.major}.${object.version.minor}`;
    case "buffer":
      return `on ${object.device.name}, ${object.device.family.formatHandle(object.handle)}` +
        (object.importedFrom === undefined ? "" : `, from ${object.importedFrom.name}`);
    case "dma-buf":
      return `of ${object.origin}, ${object.facts.mode}, inode ${object.facts.inode}`;
    case "mapping":
      return `of ${object.of} through its ${object.via}`;
  }
}

export const command = defineCommand({
  name: "list",
  summary: "what is held: devices, buffers, dma-bufs, mappings",
  group: "buffers",
  arguments: [],
  options: {},
  examples: [
    { line: "create --size 4KiB , export bo1 , list", shows: "a buffer and its dma-buf" },
  ],
  async run({ workspace }): Promise<Result> {
    // A device that was named is opened, so that one that is not there is told (exit 4).
    if (workspace.held.length === 0 && workspace.deviceSpec !== undefined) {
      await deviceFor(workspace);
    }
    const held = workspace.held;
    return {
      data: {
        held: held.map((object) => ({
          name: object.name,
          kind: object.kind,
          ...(object.kind === "device" ? {} : { size: sizeOf(object) }),
          detail: detail(object),
        })),
      },
      text: held.length === 0 ? "nothing is held" : formatTable([
        ["NAME", "KIND", "SIZE", "WHAT"],
        ...held.map((object) => [
          object.name,
          object.kind,
          object.kind === "device" ? "-" : formatSize(sizeOf(object)),
          detail(object),
        ]),
      ]),
    };
  },
});
