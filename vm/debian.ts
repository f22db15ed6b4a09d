import { hostCommand, hostText } from "./host_command.ts";
import { makeFolderOnce } from "./cache.ts";
import { SetupError } from "./errors.ts";
import type { Arch } from "./machine.ts";

/** A line of `apt-get indextargets`: where the machine's own packages come from. */
export interface Mirror {
  readonly site: string;
  readonly release: string;
}

/** Reads lines of the form `SITE RELEASE ORIGIN`, keeping Debian's own archives. */
export function parseMirrors(text: string): Mirror[] {
  return text.split("\n").flatMap((line) => {
    const [site, release, origin] = line.trim().split(/\s+/);
    if (site === undefined || release === undefined || origin !== "Debian") return [];
    return [{ site, release }];
  });
}

/**
 * Chooses the mirror for a suite: security suites have an archive of their own.
 *
 * @throws {SetupError} where the machine knows no such archive.
 */
export function mirrorFor(suite: string, mirrors: readonly Mirror[]): string {
  const isSecurity = (release: string): boolean => release.endsWith("-security");
  const mirror = mirrors.find((one) => isSecurity(one.release) === isSecurity(suite));
  if (mirror !== undefined) return mirror.site;
  throw new SetupError(
    `This machine's apt sources name no Debian archive for ${suite}; run "apt-get update" as root, ` +
      "or use a Debian host",
  );
}

/**
 * Reads which mirrors the machine's own apt uses.
 *
 * @throws {SetupError} where there is no apt-get or it knows no Debian archive.
 */
export async function machineMirrors(): Promise<Mirror[]> {
  const format = "$(SITE) $(RELEASE) $(ORIGIN)";
  const read = async (): Promise<Mirror[]> =>
    parseMirrors(await hostText("apt-get", ["indextargets", "--format", format]));
  const mirrors = await read();
  const complete = mirrors.some((one) => one.release.endsWith("-security"));
  if (complete || Deno.uid() !== 0) return mirrors;
  // A fresh container has no package lists yet, and then apt tells no origins.
  await hostCommand("apt-get", ["update"]);
  return await read();
}

/** The suites of Debian packages of one architecture, apart from the machine's own apt. */
export class Archive {
  #updated = false;

  /**
   * @param folder where the package lists are kept.
   * @param arch architecture of the packages.
   * @param suite e.g. `"trixie-backports"`.
   * @param mirrors what {@linkcode machineMirrors} read.
   */
  constructor(
    readonly folder: string,
    readonly arch: Arch,
    readonly suite: string,
    readonly mirrors: readonly Mirror[],
  ) {}

  /** Names of the packages that begin with a prefix. */
  async packageNames(prefix: string): Promise<string[]> {
    await this.#update();
    const text = await hostText("apt-cache", [...this.#options(), "pkgnames", prefix]);
    return text.split("\n").filter((name) => name !== "");
  }

  /**
   * Downloads packages (apt verifies them) and unpacks some of their files.
   *
   * @param packages names.
   * @param into an existing folder; the packages themselves are not kept.
   * @param patterns tar wildcards of what to unpack, e.g. `"./boot/vmlinuz*"`.
   */
  async unpack(
    packages: readonly string[],
    into: string,
    patterns: readonly string[],
  ): Promise<void> {
    await this.#update();
    const packed = await Deno.makeTempDir({ dir: this.folder, prefix: "download-" });
    try {
      await hostCommand("apt-get", [...this.#options(), "download", ...packages], { cwd: packed });
      for await (const entry of Deno.readDir(packed)) {
        await unpackDeb(`${packed}/${entry.name}`, into, patterns);
      }
    } finally {
      await Deno.remove(packed, { recursive: true });
    }
  }

  async #update(): Promise<void> {
    if (this.#updated) return;
    for (const part of ["lists/partial", "cache/archives/partial"]) {
      await Deno.mkdir(`${this.folder}/${part}`, { recursive: true });
    }
    const mirror = mirrorFor(this.suite, this.mirrors);
    const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    await Deno.writeTextFile(
      `${this.folder}/sources.list`,
      `deb [signed-by=${keyring}] ${mirror} ${this.suite} main\n`,
    );
    await Deno.writeTextFile(`${this.folder}/status`, "");
    await hostCommand("apt-get", [...this.#options(), "update"]);
    this.#updated = true;
  }

  // Options rather than APT_CONFIG: the machine's proxy settings stay in force.
  #options(): string[] {
    const settings = [
      `APT::Architecture=${this.arch}`,
      `APT::Architectures::=${this.arch}`,
      `Dir::Etc::sourcelist=${this.folder}/sources.list`,
      "Dir::Etc::sourceparts=-",
      "Dir::Etc::preferences=-",
      "Dir::Etc::preferencesparts=-",
      `Dir::State=${this.folder}`,
      `Dir::State::status=${this.folder}/status`,
      `Dir::Cache=${this.folder}/cache`,
      "Acquire::Languages=none",
      // apt must be able to write below a folder that only this user may enter.
      "APT::Sandbox::User=",
      "APT::Update::Error-Mode=any",
    ];
    return settings.flatMap((setting) => ["-o", setting]);
  }
}

/** Opens the archive of a suite, with its package lists below the cache folder. */
export async function openArchive(
  cache: string,
  arch: Arch,
  suite: string,
  mirrors: readonly Mirror[],
): Promise<Archive> {
  const folder = `${cache}/apt/${arch}-${suite}`;
  await makeFolderOnce(folder, () => Promise.resolve());
  return new Archive(folder, arch, suite, mirrors);
}

async function unpackDeb(deb: string, into: string, patterns: readonly string[]): Promise<void> {
  const tar = new Deno.Command("tar", {
    args: ["-x", "-C", into, "--no-same-owner", "--wildcards", ...patterns],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const data = new Deno.Command("dpkg-deb", {
    args: ["--fsys-tarfile", deb],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const [said, status] = await Promise.all([
    tar.output(),
    data.status,
    data.stdout.pipeTo(tar.stdin).catch(() => {}),
  ]);
  const complaint = new TextDecoder().decode(said.stderr);
  // With two packages each pattern matches in one of them only: that is no fault.
  const missing = /Not found in archive|Exiting with failure status/;
  const faults = complaint.split("\n").filter((line) => line !== "" && !missing.test(line));
  if (!status.success || (!said.success && faults.length > 0)) {
    throw new SetupError(`Cannot unpack "${deb}": ${faults.at(-1) ?? "dpkg-deb failed"}`);
  }
}
