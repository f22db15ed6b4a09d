import { exists, makeFolderOnce } from "./cache.ts";
import type { Archive } from "./debian.ts";
import { SetupError } from "./errors.ts";
import { hostText } from "./host_command.ts";
import { APPLETS } from "./initramfs.ts";
import type { Arch } from "./machine.ts";

/** The system folders of a guest. */
export interface GuestRoot {
  /** Folder of the host that is exported to the guest. */
  readonly folder: string;
  /** Path of the Deno binary below it. */
  readonly deno: string;
}

/** The suite that busybox and the C library of the guests come from. */
export const ROOT_SUITE = "bookworm";

const DENO_PACKAGES = {
  amd64: "@deno/linux-x64-glibc",
  arm64: "@deno/linux-arm64-glibc",
} as const;

/** The architecture of this machine, by Debian's name; undefined where it is neither. */
export function hostArch(): Arch | undefined {
  if (Deno.build.os !== "linux") return undefined;
  return Deno.build.arch === "x86_64" ? "amd64" : "arm64";
}

/** Whether guests of an architecture use the host's own system folders. */
export function usesHostRoot(arch: Arch): boolean {
  return arch === hostArch();
}

/**
 * The root of guests of an architecture: the host's own where the architectures agree, else the
 * small one that setup makes; undefined where that is still to be done.
 *
 * @throws {SetupError} where the host's Deno is no program of its own but a script.
 */
export async function guestRoot(cache: string, arch: Arch): Promise<GuestRoot | undefined> {
  if (usesHostRoot(arch)) return { folder: "/", deno: await hostDeno() };
  const folder = foreignRoot(cache, arch);
  return await exists(folder) ? { folder, deno: "/deno" } : undefined;
}

/** Makes what guests of an architecture need beside a kernel, once: busybox and, maybe, a root. */
export async function installRoot(
  cache: string,
  arch: Arch,
  archive: () => Promise<Archive>,
  report: (line: string) => void,
): Promise<void> {
  await makeFolderOnce(busyboxFolder(cache, arch), async (folder) => {
    report(`${arch}: fetching busybox-static`);
    const suite = await archive();
    await suite.unpack(["busybox-static"], folder, ["./bin/busybox", "./usr/bin/busybox"]);
    if (await exists(`${folder}/usr/bin/busybox`)) {
      await Deno.mkdir(`${folder}/bin`, { recursive: true });
      await Deno.rename(`${folder}/usr/bin/busybox`, `${folder}/bin/busybox`);
    }
  });
  if (usesHostRoot(arch)) return;
  await makeFolderOnce(foreignRoot(cache, arch), async (folder) => {
    report(`${arch}: fetching libc6, libgcc-s1`);
    const suite = await archive();
    await suite.unpack(["libc6", "libgcc-s1"], folder, ["./lib*", "./usr/lib/*-linux-gnu/*"]);
    await Deno.mkdir(`${folder}/bin`, { recursive: true });
    await Deno.mkdir(`${folder}/usr/bin`, { recursive: true });
    for (const name of APPLETS) await Deno.symlink("/boctl/busybox", `${folder}/bin/${name}`);
    await Deno.symlink("/boctl/busybox", `${folder}/usr/bin/env`);
    report(`${arch}: fetching ${DENO_PACKAGES[arch]}`);
    await fetchDeno(DENO_PACKAGES[arch], folder);
  });
}

/** The static busybox of an architecture; undefined where setup has not fetched it. */
export async function busyboxOf(cache: string, arch: Arch): Promise<Uint8Array | undefined> {
  const path = `${busyboxFolder(cache, arch)}/bin/busybox`;
  return await exists(path) ? await Deno.readFile(path) : undefined;
}

function busyboxFolder(cache: string, arch: Arch): string {
  return `${cache}/busybox/${arch}`;
}

function foreignRoot(cache: string, arch: Arch): string {
  return `${cache}/roots/${arch}`;
}

async function hostDeno(): Promise<string> {
  const path = await Deno.realPath(Deno.execPath());
  using file = await Deno.open(path);
  const magic = new Uint8Array(4);
  await file.read(magic);
  if (magic.toHex() === "7f454c46") return path;
  throw new SetupError(`"${path}" is not an ELF program; run with a real Deno binary`);
}

// Deno itself is the client: no npm program is needed. The newest release for this architecture
// may be one behind the host's, so the host's own version is tried first.
async function fetchDeno(name: string, folder: string): Promise<void> {
  const own = Deno.version.deno;
  const series = own.split(".").slice(0, 2).join(".");
  const wanted = [`npm:${name}@${own}`, `npm:${name}@~${series}.0`, `npm:${name}@^${series}.0`];
  const scratch = `${folder}/.deno-dir`;
  let last: unknown;
  for (const specifier of wanted) {
    try {
      const env = { DENO_DIR: scratch };
      const place = { env, cwd: folder };
      await hostText(Deno.execPath(), ["cache", "--no-config", specifier], place);
      const told: unknown = JSON.parse(
        await hostText(Deno.execPath(), ["info", "--no-config", "--json", specifier], place),
      );
      await Deno.rename(`${localPathOf(told)}/deno`, `${folder}/deno`);
      await Deno.chmod(`${folder}/deno`, 0o755);
      await Deno.remove(scratch, { recursive: true });
      return;
    } catch (error) {
      last = error;
    }
  }
  throw new SetupError(`Cannot fetch the npm package ${name}: ${messageOf(last)}`, { cause: last });
}

function localPathOf(told: unknown): string {
  const packages = (told as { npmPackages?: Record<string, { localPath?: string }> }).npmPackages;
  const path = Object.values(packages ?? {})[0]?.localPath;
  if (path === undefined) throw new SetupError('"deno info" tells no folder for the npm package');
  return path;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
