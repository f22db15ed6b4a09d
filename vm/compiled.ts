import { exists, keyOf, writeFileWhole } from "./cache.ts";
import type { Arch } from "./machine.ts";

// More than this is a fault rather than a cache.
const LARGEST_BYTES = 64 * 1024 * 1024;

/**
 * Path of the archive of modules that Deno compiled in earlier guests; it may not exist.
 *
 * Deno compares the hash of each source, so an old archive is only slow, never wrong.
 *
 * @param project folder of the checkout: compiled modules are known by their paths.
 */
export async function compiledModules(
  cache: string,
  arch: Arch,
  project: string,
): Promise<string> {
  return `${cache}/compiled/${arch}-${await keyOf(project)}.cpio`;
}

/** Puts what a guest left into the cache, for the next one. */
export async function keepModules(from: string, to: string): Promise<void> {
  if (!(await exists(from))) return;
  const { size } = await Deno.stat(from);
  if (size > 0 && size <= LARGEST_BYTES) await writeFileWhole(to, await Deno.readFile(from));
}

/**
 * An initial root with the compiled modules added to it: the kernel unpacks one archive after the
 * other.
 *
 * @param initrd path of the initial root.
 * @param compiled what {@linkcode compiledModules} told.
 * @param into path of the file to write, where there is something to add.
 * @returns the path to boot with.
 */
export async function withCompiled(
  initrd: string,
  compiled: string,
  into: string,
): Promise<string> {
  if (!(await exists(compiled))) return initrd;
  await Deno.copyFile(initrd, into);
  await Deno.writeFile(into, await Deno.readFile(compiled), { append: true });
  return into;
}
