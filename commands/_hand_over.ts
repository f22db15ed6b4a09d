/**
 * Handing a dma-buf's descriptor to another program.
 *
 * @module
 */
import { NotSupported, UsageError } from "../errors.ts";
import type { DmaBuf } from "../workspace/objects.ts";
import type { Context, DescriptorTarget } from "./command.ts";

/** Whom a command line names, or undefined for nobody. */
export function targetOf(
  exec: boolean,
  socket: string | undefined,
  program: readonly string[],
  dmaBuf: DmaBuf,
): DescriptorTarget | undefined {
  if (exec) return { to: "program", words: program };
  if (socket === undefined) return undefined;
  const { size, mode, exporter } = dmaBuf.facts;
  const about = JSON.stringify({ name: dmaBuf.name, size, mode, exporter });
  return { to: "socket", path: socket, about };
}

/**
 * What is wrong with the form of the words that name a target.
 * @throws {UsageError}
 */
export function checkTarget(
  exec: boolean,
  socket: string | undefined,
  program: readonly string[],
): void {
  if (exec && socket !== undefined) {
    throw new UsageError("export: --exec and --socket exclude each other", { word: "--socket" });
  }
  if (exec && program.length === 0) {
    throw new UsageError("export: --exec needs a program behind --", {
      word: "--exec",
      hint: 'export DB --exec -- PROGRAM ARGUMENT…; "{}" there is the descriptor\'s number',
    });
  }
  if (!exec && program.length > 0) {
    throw new UsageError(`export: "${program[0]}" is one word too many`, {
      word: program[0] ?? "",
      hint: "A program is run with --exec -- PROGRAM.",
    });
  }
}

/**
 * Hands the descriptor over, and waits: for the program's end, or for somebody to connect.
 * @returns a program's exit code, else 0
 * @throws {NotSupported} on simulated boards, whose descriptors no other program has
 */
export async function handOver(
  { workspace, descriptors }: Context,
  dmaBuf: DmaBuf,
  target: DescriptorTarget,
): Promise<number> {
  const { identity } = workspace.kernel;
  if (identity.backend === "sim") {
    throw new NotSupported(
      `export: the dma-bufs of ${identity.name} are simulated: no other program can have them`,
      "On a live device: --device PATH --backend live.",
    );
  }
  return await descriptors.give(dmaBuf.fd, target);
}
