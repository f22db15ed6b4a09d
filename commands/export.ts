/** @module */
import { exportBuffer } from "../workspace/buffers.ts";
import { describeDmaBuf } from "./_describe.ts";
import { checkTarget, handOver, targetOf } from "./_hand_over.ts";
import { defineCommand, type Result } from "./command.ts";

export const command = defineCommand({
  name: "export",
  summary: "make a dma-buf of a buffer object (PRIME), and hand it to a program or a socket",
  group: "buffers",
  arguments: [
    { name: "BUF|DB", help: "the buffer object, or a dma-buf to hand over" },
    {
      name: "PROGRAM",
      help: "with --exec, behind --: the program and its words",
      optional: true,
      many: true,
    },
  ],
  options: {
    rdwr: { type: "flag", help: "the dma-buf may be mapped for writing (DRM_RDWR)" },
    "no-cloexec": { type: "flag", help: "let child processes inherit the descriptor" },
    as: { type: "text", value: "NAME", help: "the name to hold it by (else db1, db2, …)" },
    exec: { type: "flag", help: "run a program that has it: BOCTL_FD, and {} in its words" },
    socket: { type: "text", value: "PATH", help: "hand it to whoever connects to PATH first" },
  },
  details: `The first export fixes the access mode for as long as the dma-buf lives: a later
--rdwr gives another descriptor of the same read-only file. The mode that was
got is told.
  export a --rdwr --exec -- ./reader {}
runs ./reader with the descriptor's number, which is in BOCTL_FD, too; its exit
code is this command's. --socket makes a stream socket that its owner may connect
to, sends the descriptor (SCM_RIGHTS) with a line of JSON about it, and is gone.`,
  examples: [
    {
      line: "create --size 4KiB --as a , export a --rdwr --as db , info db",
      shows: "a dma-buf that can be mapped for writing",
    },
  ],
  validate: ({ options, words }) => checkTarget(options.exec, options.socket, words.slice(1)),
  async run(context, { options, words }): Promise<Result> {
    const { workspace } = context;
    const [name = "", ...program] = words;
    const object = workspace.get(name, ["buffer", "dma-buf"]);
    const dmaBuf = object.kind === "dma-buf" ? object : exportBuffer(
      workspace,
      object,
      { rdwr: options.rdwr, cloexec: !options["no-cloexec"] },
      options.as,
    );
    const { data, text } = describeDmaBuf(dmaBuf);
    const late = options.rdwr && dmaBuf.facts.mode === "ro";
    const told = `${dmaBuf.name}: ${text}` +
      (late ? " (--rdwr came late: the first export made it read-only)" : "");
    const target = targetOf(options.exec, options.socket, program, dmaBuf);
    if (target === undefined) return { data: { ...data, askedRdwr: options.rdwr }, text: told };
    const exitCode = await handOver(context, dmaBuf, target);
    return {
      data: { ...data, askedRdwr: options.rdwr, to: target.to, programExitCode: exitCode },
      // A program's own output is what is read.
      text: target.to === "socket" ? `${told}\n  handed over at ${target.path}` : "",
      exitCode,
    };
  },
});
