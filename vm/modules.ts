import { exists } from "./cache.ts";
import { SetupError } from "./errors.ts";
import { hostCommand, hostText } from "./host_command.ts";
import type { Kernel } from "./kernel.ts";
import type { BoardPart } from "./machine.ts";
import { skipFunctions } from "./skip_functions.ts";

/** A kernel module, decompressed, in the order in which it has to be loaded. */
export interface Module {
  /** File name without folder, e.g. `"vgem.ko"`. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** What insmod is given beside the file, e.g. `"fbdev_emulation=0"`; may be empty. */
  readonly parameters: string;
}

/** Modules that mount the host's folders: every guest needs them first. */
export const TRANSPORT_MODULES = ["9pnet_virtio", "9p"];

/**
 * Reads what `modprobe --show-depends` prints: paths of modules in load order; what is built into
 * the kernel is left out.
 */
export function parseDepends(text: string): string[] {
  return text.split("\n").flatMap((line) => /^insmod (\S+)/.exec(line.trim())?.[1] ?? []);
}

/**
 * The modules of a kernel that some names stand for, with all that they depend on, each once.
 *
 * @param board what may ask for functions to be skipped, and for parameters.
 * @throws {SetupError} where the kernel has no module of a name, or the module no such function.
 */
export async function modulesFor(
  kernel: Kernel,
  names: readonly string[],
  board: readonly BoardPart[],
): Promise<Module[]> {
  const modprobe = await exists("/sbin/modprobe") ? "/sbin/modprobe" : "modprobe";
  const lists = await Promise.all(names.map(async (name) => {
    // "-C /dev/null": the host's own blacklists and options are none of the guest's.
    const place = ["-C", "/dev/null", "-d", kernel.folder, "-S", kernel.release];
    try {
      return parseDepends(await hostText(modprobe, [...place, "--show-depends", name]));
    } catch (cause) {
      if (!(cause instanceof SetupError)) throw cause;
      throw new SetupError(`Linux ${kernel.release} has no module "${name}": ${cause.message}`, {
        cause,
      });
    }
  }));
  const paths = [...new Set(lists.flat())];
  return await Promise.all(paths.map(async (path) => {
    const file = (path.split("/").at(-1) ?? path).replace(/\.xz$/, "");
    const name = file.replace(/\.ko$/, "");
    const original = path.endsWith(".xz")
      ? await hostCommand("xz", ["-dc", path])
      : await Deno.readFile(path);
    const skipped = board.flatMap((part) => part.skipped?.[name] ?? []);
    return {
      file,
      bytes: skipped.length > 0 ? skipFunctions(name, original, skipped) : original,
      parameters: board.flatMap((part) => part.parameters?.[name] ?? []).join(" "),
    };
  }));
}
