import { exists } from "./cache.ts";
import { hostArch } from "./guest_root.ts";
import type { Arch, Machine } from "./machine.ts";
import { qemuProgram } from "./qemu.ts";

/** A program of the host and the Debian package that brings it. */
export interface Tool {
  /** Its name, or the absolute path of a file that stands for the package. */
  readonly program: string;
  readonly package: string;
}

const ALWAYS: readonly Tool[] = [
  { program: "modprobe", package: "kmod" },
  { program: "xz", package: "xz-utils" },
  { program: "tar", package: "tar" },
  { program: "dpkg-deb", package: "dpkg" },
  { program: "apt-get", package: "apt" },
];

/** What else the tests of emitted C use where it is there: nothing here needs it to boot. */
export const optionalTools: readonly Tool[] = [{ program: "clang", package: "clang" }];

/** The C compiler for programs of an architecture. */
export function compilerFor(arch: Arch): string {
  if (arch === hostArch()) return "gcc";
  return arch === "arm64" ? "aarch64-linux-gnu-gcc" : "x86_64-linux-gnu-gcc";
}

/** Compilers of static programs: guests have none, so that what they run in C is made before. */
function compilersFor(arch: Arch): Tool[] {
  const program = compilerFor(arch);
  const triple = arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  if (program === "gcc") {
    return [
      { program, package: "gcc" },
      { program: `/usr/lib/${triple}/libc.a`, package: "libc6-dev" },
    ];
  }
  return [
    { program, package: `gcc-${triple.replace("_", "-")}` },
    { program: `/usr/${triple}/lib/libc.a`, package: `libc6-dev-${arch}-cross` },
  ];
}

/** The programs that a machine's setup and boot need on the host. */
export function toolsFor(machine: Machine): Tool[] {
  const qemu: Tool = {
    program: qemuProgram(machine),
    package: machine.arch === "amd64" ? "qemu-system-x86" : "qemu-system-arm",
  };
  const compiler: Tool = { program: "dtc", package: "device-tree-compiler" };
  return [
    qemu,
    ...ALWAYS,
    ...compilersFor(machine.arch),
    ...(machine.board.length > 0 ? [compiler] : []),
  ];
}

/** Those of some tools that are not installed, each once. */
export async function missingTools(tools: readonly Tool[]): Promise<Tool[]> {
  const unique = [...new Map(tools.map((tool) => [tool.program, tool])).values()];
  const found = await Promise.all(unique.map((tool) => isInstalled(tool.program)));
  return unique.filter((_, i) => !found[i]);
}

/** The command that installs the packages of some tools. */
export function installLine(tools: readonly Tool[]): string {
  const packages = [...new Set(tools.map((tool) => tool.package))].sort();
  return `apt-get install --no-install-recommends ${packages.join(" ")}`;
}

async function isInstalled(program: string): Promise<boolean> {
  if (program.startsWith("/")) return await isThere(program);
  const path = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`;
  const places = path.split(":").filter((folder) => folder !== "");
  const found = await Promise.all(places.map((folder) => isThere(`${folder}/${program}`)));
  return found.includes(true);
}

// A folder of PATH that this user may not enter holds nothing for this user.
async function isThere(path: string): Promise<boolean> {
  try {
    return await exists(path);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}
