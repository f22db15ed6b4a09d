/** @module */
import { waitForObject } from "../workspace/fences.ts";
import { patienceNs, timeoutOption } from "./_patience.ts";
import { defineCommand, type Result } from "./command.ts";

export const command = defineCommand({
  name: "wait",
  summary: "wait until the jobs on a buffer or dma-buf have ended",
  group: "buffers",
  arguments: [{ name: "BUF|DB", help: "a buffer object or a dma-buf" }],
  options: {
    access: {
      type: "text",
      value: "HOW",
      choices: ["r", "w"],
      help: "for which CPU access: r waits for writers, w for everybody (default w)",
    },
    timeout: timeoutOption,
  },
  details: `A buffer is waited for with its driver's call (panfrost: WAIT_BO), a dma-buf and
an import with poll. Ctrl-C ends the wait. Still busy at the end is exit 3, ETIMEDOUT.`,
  examples: [
    { line: "create --size 4KiB , export bo1 --rdwr , wait db1", shows: "idle at once" },
  ],
  async run({ workspace, signal }, { options, words }): Promise<Result> {
    const object = workspace.get(words[0] ?? "", ["buffer", "dma-buf"]);
    const access = options.access === "r" ? "r" : "w";
    const timeoutNs = patienceNs(options.timeout);
    const { ns, by } = await waitForObject(workspace, object, access, { timeoutNs, signal });
    return {
      data: { of: object.name, by, nanoseconds: Number(ns) },
      text: `${object.name}: idle after ${(Number(ns) / 1e6).toFixed(3)} ms (${by})`,
    };
  },
});
