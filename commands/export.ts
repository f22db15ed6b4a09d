/** @module */
import { exportBuffer } from "../workspace/buffers.ts";
import { describeDmaBuf } from "./_describe.ts";
import { defineCommand, type Result } from "./command.ts";

export const command = defineCommand({
  name: "export",
  summary: "make a dma-buf of a buffer object (PRIME)",
  group: "buffers",
  arguments: [{ name: "BUF", help: "the buffer object" }],
  options: {
    rdwr: { type: "flag", help: "the dma-buf may be mapped for writing (DRM_RDWR)" },
    "no-cloexec": { type: "flag", help: "let child processes inherit the descriptor" },
    as: { type: "text", value: "NAME", help: "the name to hold it by (else db1, db2, …)" },
  },
  details: `The first export fixes the access mode for as long as the dma-buf lives: a later
--rdwr gives another descriptor of the same read-only file. The mode that was
got is told.`,
  examples: [
    {
      line: "create --size 4KiB --as a , export a --rdwr --as db , info db",
      shows: "a dma-buf that can be mapped for writing",
    },
  ],
  run({ workspace }, { options, words }): Result {
    const buffer = workspace.get(words[0] ?? "", ["buffer"]);
    const dmaBuf = exportBuffer(
      workspace,
      buffer,
      { rdwr: options.rdwr, cloexec: !options["no-cloexec"] },
      options.as,
    );
    const { data, text } = describeDmaBuf(dmaBuf);
    const late = options.rdwr && dmaBuf.facts.mode === "ro";
    return {
      data: { ...data, askedRdwr: options.rdwr },
      text: `${dmaBuf.name}: ${text}` +
        (late ? " (--rdwr came late: the first export made it read-only)" : ""),
    };
  },
});
