import { exists, keyOf, makeFolderOnce, removeOldVersions } from "./cache.ts";
import { registerFile } from "./board/registers.ts";
import { hostCommand, hostText } from "./host_command.ts";
import type { Machine } from "./machine.ts";
import { hardwareArguments, MEMORY_MIB, type Preload, qemuProgram } from "./qemu.ts";

/** The files that make a board out of QEMU's plain `virt` machine. */
export interface BoardFiles {
  /** Path of the compiled device tree. */
  readonly deviceTree: string;
  readonly preloads: readonly Preload[];
}

/**
 * Makes (once for each QEMU and board) the device tree and register files of a machine.
 *
 * @returns undefined for a machine without a board.
 */
export async function boardFiles(cache: string, machine: Machine): Promise<BoardFiles | undefined> {
  if (machine.board.length === 0) return undefined;
  const hardware = hardwareArguments(machine, MEMORY_MIB);
  const source = machine.board.map((part) => part.source).join("");
  const blocks = machine.board.flatMap((part) => part.blocks);
  const key = await keyOf(
    await qemuStamp(machine),
    hardware.join(" "),
    JSON.stringify(blocks),
    source,
  );
  const folder = `${cache}/boards/${machine.name}-${key}`;
  await makeFolderOnce(folder, async (temporary) => {
    const tree = `${temporary}/qemu.dtb`;
    await hostCommand(qemuProgram(machine), [
      ...hardware.map((word) => word === "virt" ? `virt,dumpdtb=${tree}` : word),
    ]);
    const text = await hostText("dtc", ["-q", "-I", "dtb", "-O", "dts", tree]);
    const compiled = await hostCommand("dtc", ["-q", "-I", "dts", "-O", "dtb", "-@", "-"], {
      stdin: new TextEncoder().encode(text + source),
    });
    await Deno.writeFile(`${temporary}/board.dtb`, compiled);
    for (const block of blocks) {
      await Deno.writeFile(`${temporary}/${block.address.toString(16)}`, registerFile(block));
    }
  });
  await removeOldVersions(folder, `${machine.name}-`);
  return {
    deviceTree: `${folder}/board.dtb`,
    preloads: blocks.map(({ address }) => ({
      path: `${folder}/${address.toString(16)}`,
      address,
    })),
  };
}

// Another QEMU may describe the machine differently.
async function qemuStamp(machine: Machine): Promise<string> {
  const path = `/usr/bin/${qemuProgram(machine)}`;
  if (!(await exists(path))) return "";
  const { size, mtime } = await Deno.stat(path);
  return `${size} ${mtime?.getTime()}`;
}
