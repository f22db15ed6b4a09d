/** A folder of the host that the guest sees. */
export interface Mount {
  /** 9p tag; undefined for what lies in the exported root already. */
  readonly tag?: string;
  /** Absolute path on the host. */
  readonly from: string;
  /** Absolute path in the guest. */
  readonly to: string;
  readonly writable: boolean;
}

/** What one run does in the guest. */
export interface GuestScriptOptions {
  readonly mounts: readonly Mount[];
  /** Path of the Deno binary within the exported root. */
  readonly deno: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Working folder in the guest. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether to leave Deno's compiled modules in the control share. */
  readonly keepCompiled: boolean;
  /** Seconds after which the guest turns itself off, should its runner be gone. */
  readonly limitSeconds: number;
}

// Packed as the kernel unpacks it, for the next boot; the npm packages are there anyway.
const KEEP_COMPILED =
  "( cd /; find boctl/deno-dir -path boctl/deno-dir/npm -prune -o ! -name '*-shm' -print |" +
  " busybox cpio -o -H newc > /control/compiled.cpio ) 2> /dev/null";

/** Quotes a word for the shell. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The shell script that a guest runs once its drivers are loaded: it builds a root of its own on a
 * tmpfs, with the host's (or the prepared) system folders below it, runs the command there, and
 * leaves output, kernel log and exit status in the control share.
 */
export function guestScript(options: GuestScriptOptions): string {
  const lines = [
    `( sleep ${Math.ceil(options.limitSeconds)}; echo b > /proc/sysrq-trigger ) > /dev/null 2>&1 &`,
    "mount -t tmpfs -o mode=755 tmpfs /new",
    "mkdir -p /new/proc /new/sys /new/dev/shm /new/tmp /new/run /new/boctl /new/share",
    "chmod 1777 /new/tmp /new/share",
    "for name in bin sbin lib lib32 lib64 libx32 usr opt; do",
    '  if [ -L "/host/$name" ]; then cp -P "/host/$name" /new/',
    '  elif [ -d "/host/$name" ]; then mkdir "/new/$name"; mount --bind "/host/$name" "/new/$name"',
    "  fi",
    "done",
    "cp -R /boctl/etc /new/etc",
    "if [ -d /host/etc/alternatives ]; then",
    "  mkdir /new/etc/alternatives; mount --bind /host/etc/alternatives /new/etc/alternatives",
    "fi",
    "mount --bind /proc /new/proc",
    "mount --bind /sys /new/sys",
    "mount -t debugfs debugfs /new/sys/kernel/debug",
    "mount --bind /dev /new/dev",
    "mkdir -p /new/dev/shm; mount -t tmpfs -o mode=1777 tmpfs /new/dev/shm",
    "touch /boctl/bin/deno",
    `mount --bind ${quoted(`/host${options.deno}`)} /boctl/bin/deno`,
    "mount --rbind /boctl /new/boctl",
    ...options.mounts.flatMap(mountLines),
    "cp /control/command /boctl/command",
    `chroot /new /boctl/busybox sh /boctl/command >> /control/stdout 2>> /control/stderr`,
    "status=$?",
    "dmesg > /control/dmesg",
    ...(options.keepCompiled ? [KEEP_COMPILED] : []),
    "echo $status > /control/status.new",
    "mv /control/status.new /control/status",
  ];
  return lines.join("\n") + "\n";
}

/** The script that runs within the guest's root: environment, folder, command. */
export function commandScript(options: GuestScriptOptions): string {
  const exports = Object.entries(options.env).map(([name, value]) =>
    `export ${name}=${quoted(value)}`
  );
  return [
    ...exports,
    `cd ${quoted(options.cwd)} || exit 126`,
    `exec ${options.command.map(quoted).join(" ")} < /dev/null`,
    "",
  ].join("\n");
}

function mountLines(mount: Mount): string[] {
  const target = quoted(`/new${mount.to}`);
  const make = `mkdir -p ${target}`;
  if (mount.tag === undefined) {
    return [make, `mount --bind ${quoted(`/host${mount.from}`)} ${target}`];
  }
  // What the guest writes the host shall see at once, and the other way round.
  const mode = mount.writable ? "cache=none" : "cache=loose,ro";
  return [make, `mount -t 9p -o $options,${mode} ${mount.tag} ${target}`];
}
