/** @module */
import { UsageError } from "../errors.ts";
import { memoryOf } from "../workspace/maps.ts";
import { defineCommand, type Result } from "./command.ts";

export const command = defineCommand({
  name: "close",
  summary: "let go of what is held by name",
  group: "buffers",
  arguments: [{ name: "NAME", help: "buffers, dma-bufs, mappings or devices", many: true }],
  options: {},
  examples: [
    { line: "create --size 4KiB --as a , close a", shows: "GEM_CLOSE when the last name goes" },
  ],
  run({ workspace }, { words }): Result {
    // All names are checked before the first is closed.
    const objects = [...new Set(words)].map((name) => workspace.get(name));
    for (const object of objects) {
      if (object.kind !== "device") continue;
      const user = workspace.held.find((held) =>
        held.kind === "buffer" && held.device === object && !objects.includes(held)
      );
      if (user !== undefined) {
        throw new UsageError(`close: "${object.name}" still has buffers: ${user.name}`, {
          word: object.name,
          hint: `Close them first, or together: close ${user.name} ${object.name}`,
        });
      }
    }
    const order = ["mapping", "buffer", "dma-buf", "device"];
    for (const object of objects.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
      const memory = object.kind === "device" ? undefined : memoryOf(workspace, object);
      workspace.release(object);
      workspace.journal.add({
        kind: "close",
        what: object.kind,
        name: object.name,
        ...(memory === undefined ? {} : { memory }),
      });
    }
    const closed = objects.map(({ name }) => name);
    return { data: { closed }, text: `closed ${closed.join(", ")}` };
  },
});
