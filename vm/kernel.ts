import { exists, makeFolderOnce } from "./cache.ts";
import type { Archive } from "./debian.ts";
import { SetupError } from "./errors.ts";
import { hostCommand } from "./host_command.ts";
import type { KernelSource, Machine } from "./machine.ts";
import { vmlinuxOf } from "./vmlinux.ts";

/** An unpacked kernel. */
export interface Kernel {
  /** Release as `uname -r` tells it, e.g. `"6.12.117+deb12-amd64"`. */
  readonly release: string;
  /** Folder that holds `lib/modules/RELEASE`, with depmod's indexes. */
  readonly folder: string;
  /** The file that QEMU boots. */
  readonly image: string;
}

/**
 * Finds the newest release of a kernel series among package names.
 *
 * @returns the release, e.g. `"6.12.117+deb12-amd64"`, or undefined where there is none.
 */
export function newestRelease(
  names: readonly string[],
  source: Pick<KernelSource, "series" | "flavour">,
): string | undefined {
  const series = source.series.replaceAll(".", "\\.");
  const pattern = new RegExp(
    `^linux-image-(${series}\\.\\d+(?:-\\d+)?(?:\\+deb\\d+)?-${source.flavour})$`,
  );
  const releases = names.flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return releases.sort(compareReleases).at(-1);
}

/** Packages that together hold a kernel's image and modules: one until 7.1, then two. */
export function kernelPackages(names: readonly string[], release: string): string[] {
  const split = [`linux-binary-${release}`, `linux-modules-${release}`];
  return split.every((name) => names.includes(name)) ? split : [`linux-image-${release}`];
}

/** Folder of a machine's kernel in the cache; machines with the same kernel share it. */
export function kernelFolder(cache: string, machine: Machine): string {
  const { series, suite, flavour } = machine.kernel;
  return `${cache}/kernels/${series}-${flavour}-${suite}`;
}

/**
 * The kernel that setup unpacked for a machine, or undefined where it has not.
 */
export async function installedKernel(
  cache: string,
  machine: Machine,
): Promise<Kernel | undefined> {
  const folder = kernelFolder(cache, machine);
  if (!(await exists(folder))) return undefined;
  const release = (await Deno.readTextFile(`${folder}/release`)).trim();
  return { release, folder, image: `${folder}/image` };
}

/** Fetches and unpacks a machine's kernel, once. Returns whether it had to be fetched. */
export async function installKernel(
  cache: string,
  machine: Machine,
  archive: () => Promise<Archive>,
  report: (line: string) => void,
): Promise<boolean> {
  return await makeFolderOnce(kernelFolder(cache, machine), async (folder) => {
    const source = machine.kernel;
    const suite = await archive();
    const names = await suite.packageNames("linux-");
    const release = newestRelease(names, source);
    if (release === undefined) throw new SetupError(noSuchKernel(names, source));
    const packages = kernelPackages(names, release);
    report(`${machine.name}: fetching ${packages.join(", ")}`);
    await suite.unpack(packages, folder, [
      "./boot/vmlinuz*",
      "./lib/modules/*",
      "./usr/lib/modules/*",
    ]);
    if (await exists(`${folder}/usr/lib`)) {
      await Deno.rename(`${folder}/usr/lib`, `${folder}/lib`);
    }
    const packed = await exists(`${folder}/boot`)
      ? `${folder}/boot/vmlinuz-${release}`
      : `${folder}/lib/modules/${release}/vmlinuz`;
    await Deno.writeFile(`${folder}/image`, vmlinuxOf(await Deno.readFile(packed)));
    await hostCommand(await depmod(), ["-b", folder, release]);
    await Deno.writeTextFile(`${folder}/release`, `${release}\n`);
  });
}

// kmod's tools are in /sbin, which an ordinary user's PATH may lack.
async function depmod(): Promise<string> {
  return await exists("/sbin/depmod") ? "/sbin/depmod" : "depmod";
}

function noSuchKernel(names: readonly string[], source: KernelSource): string {
  const series = names.flatMap((name) =>
    /^linux-image-(\d+\.\d+)\.[\d.+a-z-]*$/.exec(name)?.[1] ?? []
  );
  const newest = [...new Set(series)].sort(compareReleases).at(-1) ?? "none";
  return `${source.suite} has no Linux ${source.series} for ${source.flavour}; its newest is ${newest}`;
}

function compareReleases(a: string, b: string): number {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
