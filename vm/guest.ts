import { cacheFolder, removeIfThere } from "./cache.ts";
import { GuestError } from "./errors.ts";
import { compiledModules, keepModules, withCompiled } from "./compiled.ts";
import { FileFollower } from "./follow_file.ts";
import { usesHostRoot } from "./guest_root.ts";
import { commandScript, guestScript, type GuestScriptOptions, type Mount } from "./guest_script.ts";
import { troubleIn } from "./kernel_log.ts";
import type { Machine } from "./machine.ts";
import { prepare, type PreparedMachine } from "./prepare.ts";
import { type Export, MEMORY_MIB, qemuArguments, qemuProgram } from "./qemu.ts";
import { runQemu } from "./qemu_process.ts";

/** What to do in a guest. */
export interface GuestOptions {
  /** Program and arguments; run as root in the checkout, with standard input empty. */
  readonly command: readonly string[];
  /** Seconds until the guest is killed, boot included; 120 where nothing is said. */
  readonly timeoutSeconds?: number;
  /** Folder of the host that the guest sees writable as `/share` (else a tmpfs is there). */
  readonly share?: string;
  /** More environment variables for the command. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with standard output of the command as it comes. */
  readonly onStdout?: (bytes: Uint8Array) => void;
  /** Called with standard error of the command as it comes. */
  readonly onStderr?: (bytes: Uint8Array) => void;
  /** Whether an oops or a warning in the kernel's log is no failure. */
  readonly allowKernelTrouble?: boolean;
  /**
   * Whether to keep what Deno compiles in the guest, for all later boots of the architecture: it
   * costs half a second and saves about 30 ms a module.
   */
  readonly keepCompiled?: boolean;
  /** Kills the guest. */
  readonly signal?: AbortSignal;
}

/** How a command in a guest ended. */
export interface GuestResult {
  /** Exit status of the command. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output and error in the order in which they came (to about 20 ms). */
  readonly output: string;
  /** The kernel's log and the serial console. */
  readonly console: string;
  /** Lines of the kernel's log that tell of an oops or a warning, save what the board explains. */
  readonly trouble: readonly string[];
  /** Seconds from the start of QEMU to its end. */
  readonly seconds: number;
}

/** Folder of the checkout that this file belongs to. */
export const PROJECT = decodeURIComponent(new URL("..", import.meta.url).pathname)
  .replace(/\/$/, "");

const POLL_MS = 20;
const DEFAULT_TIMEOUT_SECONDS = 120;

/**
 * Boots a machine, runs one command in it and turns it off.
 *
 * The command sees the checkout at its own path, read-only; `/share`, `/tmp` and `HOME` are
 * writable; Deno is on `PATH`, and its cache holds the npm packages of the project. The variables
 * `BOCTL_VM_MACHINE`, `BOCTL_VM_KERNEL` and `BOCTL_VM_ARCH` name the machine. `as-user user
 * COMMAND...` runs a command as uid 1000, `as-user nobody COMMAND...` as uid 65534.
 *
 * @throws {SetupError} where the machine is not set up.
 * @throws {GuestError} where the guest did not end by itself, left no status, or (unless allowed)
 * its kernel complained.
 */
export async function runInGuest(machine: Machine, options: GuestOptions): Promise<GuestResult> {
  const cache = cacheFolder();
  const prepared = await prepare(cache, machine, PROJECT);
  const folder = await Deno.makeTempDir({ prefix: "boctl-guest-" });
  try {
    return await boot(machine, prepared, options, folder);
  } finally {
    await removeIfThere(folder);
  }
}

async function boot(
  machine: Machine,
  prepared: PreparedMachine,
  options: GuestOptions,
  folder: string,
): Promise<GuestResult> {
  const limit = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const control = `${folder}/control`;
  await Deno.mkdir(control);
  const mounts = mountsOf(machine, options);
  const script: GuestScriptOptions = {
    mounts,
    deno: prepared.root.deno,
    command: options.command,
    cwd: PROJECT,
    env: environment(machine, options),
    keepCompiled: options.keepCompiled === true,
    limitSeconds: limit + 5,
  };
  await Deno.writeTextFile(`${control}/guest.sh`, guestScript(script));
  await Deno.writeTextFile(`${control}/command`, commandScript(script));
  const compiled = await compiledModules(cacheFolder(), machine.arch, PROJECT);
  const consoleFile = `${folder}/console`;
  const args = qemuArguments({
    machine,
    kernel: prepared.kernel.image,
    initrd: await withCompiled(prepared.initrd, compiled, `${folder}/initrd`),
    ...(prepared.board === undefined ? {} : { deviceTree: prepared.board.deviceTree }),
    preloads: prepared.board?.preloads ?? [],
    exports: [
      { tag: "root", path: prepared.root.folder, writable: false },
      { tag: "control", path: control, writable: true },
      ...exportsOf(mounts),
    ],
    console: consoleFile,
    memory: MEMORY_MIB,
  });

  let output = "";
  const record = (pass?: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void => {
    const decoder = new TextDecoder();
    return (bytes) => {
      output += decoder.decode(bytes, { stream: true });
      pass?.(bytes);
    };
  };
  using stdout = new FileFollower(`${control}/stdout`, record(options.onStdout));
  using stderr = new FileFollower(`${control}/stderr`, record(options.onStderr));
  const poll = (): void => {
    stdout.poll();
    stderr.poll();
  };
  const started = performance.now();
  const timer = setInterval(poll, POLL_MS);
  const ended = await runQemu(qemuProgram(machine), args, limit, options.signal).finally(() =>
    clearInterval(timer)
  );
  poll();
  const seconds = (performance.now() - started) / 1000;
  const console = await consoleText(consoleFile, `${control}/dmesg`);
  const status = await readIfThere(`${control}/status`);
  const fail = (message: string, failure: GuestError["failure"]): GuestError =>
    new GuestError(`${machine.name}: ${message}`, failure, console, output);

  if (ended.reason === "timeout") throw fail(`the guest was killed after ${limit} s`, "timeout");
  if (ended.reason === "interrupted") throw fail("the guest was interrupted", "interrupted");
  if (status === undefined) {
    const said = ended.complaint === "" ? "" : `: ${ended.complaint}`;
    throw fail(
      `the guest died before its command ended (QEMU status ${ended.code})${said}`,
      "died",
    );
  }
  if (options.keepCompiled === true) await keepModules(`${control}/compiled.cpio`, compiled);
  const complaints = machine.board.flatMap((part) => part.complaints ?? []);
  const trouble = troubleIn(console, complaints);
  if (trouble.length > 0 && options.allowKernelTrouble !== true) {
    throw fail(`the guest's kernel complained: ${trouble[0]?.trim()}`, "kernel");
  }
  return {
    status: Number(status.trim()),
    stdout: stdout.text(),
    stderr: stderr.text(),
    output,
    console,
    trouble,
    seconds,
  };
}

function mountsOf(machine: Machine, options: GuestOptions): Mount[] {
  const project = { from: PROJECT, to: PROJECT, writable: false };
  const mounts: Mount[] = [
    usesHostRoot(machine.arch) ? project : { ...project, tag: "project" },
  ];
  if (options.share !== undefined) {
    mounts.push({ tag: "share", from: options.share, to: "/share", writable: true });
  }
  return mounts;
}

function exportsOf(mounts: readonly Mount[]): Export[] {
  return mounts.flatMap(({ tag, from, writable }) =>
    tag === undefined ? [] : [{ tag, path: from, writable }]
  );
}

function environment(machine: Machine, options: GuestOptions): Record<string, string> {
  return {
    PATH: "/boctl/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/boctl/applets",
    HOME: "/boctl/home",
    USER: "root",
    TMPDIR: "/tmp",
    // Else the first Date reads all of /usr/share/zoneinfo to find the name of the zone: 3 s.
    TZ: "UTC",
    NO_COLOR: "1",
    DENO_DIR: "/boctl/deno-dir",
    DENO_NO_UPDATE_CHECK: "1",
    BOCTL_VM_MACHINE: machine.name,
    BOCTL_VM_KERNEL: machine.kernel.series,
    BOCTL_VM_ARCH: machine.arch,
    ...options.env,
  };
}

// A guest that ended well leaves its whole log in a file; the console has what came before a
// death. Both have the early lines: the console is taken only where there is no log.
async function consoleText(consoleFile: string, logFile: string): Promise<string> {
  const console = (await readIfThere(consoleFile) ?? "").replaceAll("\r\n", "\n");
  const log = await readIfThere(logFile) ?? "";
  const own = console.split("\n").filter((line) => line.startsWith("guest: "));
  return log === "" ? console : [...own, log].join("\n");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
