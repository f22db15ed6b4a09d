import { cacheFolder, withLock } from "./cache.ts";
import { type Archive, machineMirrors, type Mirror, openArchive } from "./debian.ts";
import { SetupError, UsageError } from "./errors.ts";
import { PROJECT } from "./guest.ts";
import { installRoot, ROOT_SUITE } from "./guest_root.ts";
import { hostCommand } from "./host_command.ts";
import { installedKernel, installKernel } from "./kernel.ts";
import type { Arch, Machine } from "./machine.ts";
import { runMain } from "./main.ts";
import { MACHINES, machinesNamed } from "./machines/mod.ts";
import { note, say } from "./output.ts";
import { prepare, whyNotReady } from "./prepare.ts";
import { installLine, missingTools, optionalTools, toolsFor } from "./tools.ts";

const HELP = `Fetches what the live tests boot: QEMU, Debian kernels, a small root for arm64.

Usage: deno run -A vm/setup.ts [--only MACHINE,...] [--list]

Options:
  --only MACHINE,...  these machines instead of ${defaultNames()}
  --list              tell the machines and whether they are ready

As root it installs missing host tools with apt-get; else it tells the command. Everything
else goes to $BOCTL_VM_CACHE (default: boctl/vm in the user's cache folder).`;

function defaultNames(): string {
  return machinesNamed(undefined).map((machine) => machine.name).join(", ");
}

/** Options of the command line. */
interface SetupArguments {
  readonly machines: readonly Machine[];
  readonly list: boolean;
}

/**
 * Reads the command line of this program.
 *
 * @throws {UsageError} where it is wrong.
 */
export function parseSetupArguments(args: readonly string[]): SetupArguments {
  let only: string | undefined;
  let list = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    if (word === "--list") list = true;
    else if (word === "--only") {
      only = args[++i];
      if (only === undefined) throw new UsageError("--only needs a list of machines");
    } else throw new UsageError(`There is no option "${word}"`);
  }
  return { machines: list && only === undefined ? MACHINES : machinesNamed(only), list };
}

async function listMachines(cache: string, machines: readonly Machine[]): Promise<void> {
  for (const machine of machines) {
    const why = await whyNotReady(cache, machine);
    const release = (await installedKernel(cache, machine))?.release ?? "";
    const state = why === undefined ? `ready (${release})` : `not ready: ${why}`;
    say(`${machine.name.padEnd(15)} ${machine.byDefault ? "default " : "optional"}  ${state}`);
  }
}

async function installTools(machines: readonly Machine[]): Promise<void> {
  // What nothing fails without is installed where it can be, and not asked for.
  const optional = Deno.uid() === 0 ? optionalTools : [];
  const missing = await missingTools([...machines.flatMap(toolsFor), ...optional]);
  if (missing.length === 0) return;
  const line = installLine(missing);
  if (Deno.uid() !== 0) {
    const names = missing.map((tool) => tool.program).join(", ");
    throw new SetupError(`Not installed: ${names}. Run as root: ${line}`);
  }
  note(`running: ${line}`);
  const [program, ...args] = line.split(" ");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  try {
    await hostCommand("apt-get", ["update"]);
    await hostCommand(program ?? "apt-get", ["-y", ...args], { env });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SetupError(`Cannot install host tools: ${why}. Try as root: ${line}`, { cause });
  }
}

/** Opens each archive at most once, and reads the machine's mirrors only when one is needed. */
function archives(cache: string): (arch: Arch, suite: string) => Promise<Archive> {
  let mirrors: Promise<Mirror[]> | undefined;
  const open = new Map<string, Promise<Archive>>();
  return (arch, suite) => {
    const key = `${arch}-${suite}`;
    const archive = open.get(key) ?? (async () => {
      mirrors ??= machineMirrors();
      return await openArchive(cache, arch, suite, await mirrors);
    })();
    open.set(key, archive);
    return archive;
  };
}

/** Fetches and makes all that some machines need; what is there already is left alone. */
export async function setUp(machines: readonly Machine[]): Promise<void> {
  const cache = cacheFolder();
  await installTools(machines);
  await withLock("setup", async () => {
    const archive = archives(cache);
    for (const machine of machines) {
      const { arch, kernel } = machine;
      await installRoot(cache, arch, () => archive(arch, ROOT_SUITE), note);
      await installKernel(cache, machine, () => archive(arch, kernel.suite), note);
      await prepare(cache, machine, PROJECT);
    }
  });
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    say(HELP);
    return 0;
  }
  const { machines, list } = parseSetupArguments(args);
  if (list) {
    await listMachines(cacheFolder(), machines);
    return 0;
  }
  await setUp(machines);
  say(`ready: ${machines.map((machine) => machine.name).join(", ")} (in ${cacheFolder()})`);
  return 0;
}

if (import.meta.main) await runMain(main);
