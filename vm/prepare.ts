import { exists, keyOf, removeOldVersions, writeFileWhole } from "./cache.ts";
import { denoDirArchive } from "./deno_dir.ts";
import { type BoardFiles, boardFiles } from "./device_tree.ts";
import { SetupError } from "./errors.ts";
import { busyboxOf, type GuestRoot, guestRoot, hostArch } from "./guest_root.ts";
import { initramfs } from "./initramfs.ts";
import { installedKernel, type Kernel } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import { modulesFor, TRANSPORT_MODULES } from "./modules.ts";
import { installLine, missingTools, toolsFor } from "./tools.ts";

/** Everything on disk that a boot of a machine needs. */
export interface PreparedMachine {
  readonly kernel: Kernel;
  readonly root: GuestRoot;
  /** The initial root file system. */
  readonly initrd: string;
  /** Device tree and registers, for machines with a board. */
  readonly board?: BoardFiles;
}

/**
 * Tells what keeps a machine from booting here.
 *
 * @returns one line, or undefined where nothing does.
 */
export async function whyNotReady(cache: string, machine: Machine): Promise<string | undefined> {
  if (hostArch() === undefined) return "live tests need Linux";
  const missing = await missingTools(toolsFor(machine));
  if (missing.length > 0) {
    const names = missing.map((tool) => tool.program).join(", ");
    return `${names} not installed: run "${installLine(missing)}" as root`;
  }
  const kernel = await installedKernel(cache, machine);
  if (kernel === undefined) return "kernel not fetched";
  if (await busyboxOf(cache, machine.arch) === undefined) return "busybox not fetched";
  if (await guestRoot(cache, machine.arch) === undefined) return "guest root not made";
  return undefined;
}

/**
 * Makes what is derived from the fetched parts, where it is not there yet or its inputs changed.
 *
 * @throws {SetupError} where setup has not been run for the machine.
 */
export async function prepare(
  cache: string,
  machine: Machine,
  project: string,
): Promise<PreparedMachine> {
  const [kernel, busybox, root] = await Promise.all([
    installedKernel(cache, machine),
    busyboxOf(cache, machine.arch),
    guestRoot(cache, machine.arch),
  ]);
  if (kernel === undefined || busybox === undefined || root === undefined) {
    const why = await whyNotReady(cache, machine);
    throw new SetupError(
      `The machine ${machine.name} is not set up (${why}); run "deno task setup:live"`,
    );
  }
  const [initrd, board] = await Promise.all([
    initialRoot(cache, machine, kernel, busybox, project),
    boardFiles(cache, machine),
  ]);
  return { kernel, root, initrd, ...(board === undefined ? {} : { board }) };
}

async function initialRoot(
  cache: string,
  machine: Machine,
  kernel: Kernel,
  busybox: Uint8Array,
  project: string,
): Promise<string> {
  const packages = await denoDirArchive(cache, project);
  const sources = await Promise.all(
    INITRD_SOURCES.map((name) => Deno.readFile(new URL(name, import.meta.url))),
  );
  const names = [...TRANSPORT_MODULES, ...machine.modules];
  const board = JSON.stringify(machine.board);
  const key = await keyOf(kernel.release, names.join(" "), board, packages, busybox, ...sources);
  const path = `${cache}/initrd/${machine.name}-${key}.cpio`;
  if (await exists(path)) return path;
  const own = initramfs({
    machine,
    modules: await modulesFor(kernel, names, machine.board),
    busybox,
  });
  const [first, second] = [own, await Deno.readFile(packages)];
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  await writeFileWhole(path, both);
  await removeOldVersions(path, `${machine.name}-`);
  return path;
}

// What makes the initial root is an input of it.
const INITRD_SOURCES = [
  "./initramfs.ts",
  "./cpio.ts",
  "./modules.ts",
  "./skip_functions.ts",
  "./board/csf_firmware.ts",
];
