import { cpio, type CpioEntry } from "./cpio.ts";
import type { Machine } from "./machine.ts";
import type { Module } from "./modules.ts";

/**
 * Programs of busybox that get a link of their own: for the init script, and in arm64 guests for
 * the command as well, which finds no other there.
 */
export const APPLETS: readonly string[] = (
  "[ awk basename cat chmod chown chroot cmp cp cut date dd df diff dirname dmesg du echo env expr " +
  "false find free grep head hexdump id insmod kill ln ls lsmod lsof mkdir mknod mktemp mount mv od " +
  "poweroff printf ps pwd readlink realpath rm rmdir rmmod sed seq setsid sh sha256sum sleep sort " +
  "stat su sync tail tar tee test timeout touch tr true tty umount uname uniq usleep wc which xargs"
).split(" ");

// Mounts what every program needs, loads the drivers, then hands over to the script of this run.
// Runtime suspend of a GPU that is not there would fail, so it is forbidden before a driver binds.
// The end is a reset, which QEMU takes for an exit (-no-reboot): before a poweroff the drivers would
// shut down hardware that is not there, and vc4 oopses.
const INIT = `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for control in /sys/bus/platform/devices/78*/power/control; do
  [ -e "$control" ] && echo on > "$control"
done
while read module parameters; do
  insmod "/modules/$module" $parameters || echo "guest: cannot load $module"
done < /modules/order
options=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o $options,cache=loose,ro root /host || echo "guest: cannot mount root"
mount -t 9p -o $options,cache=none control /control || echo "guest: cannot mount control"
. /control/guest.sh
sync
echo b > /proc/sysrq-trigger
poweroff -f
`;

// busybox's su wants a name, and Deno wants a home and a cache of its user's own.
const AS_USER = `#!/boctl/busybox sh
# as-user USER COMMAND...: runs a command as "user" (1000) or "nobody" (65534).
user=$1
shift
case $user in 1000) user=user ;; 65534) user=nobody ;; esac
home=/boctl/home-$user
if [ ! -d "$home" ]; then
  busybox mkdir -p "$home/.cache"
  busybox cp -R /boctl/deno-dir "$home/deno-dir"
  busybox chown -R "$user" "$home"
fi
export HOME=$home DENO_DIR=$home/deno-dir USER=$user LOGNAME=$user
exec busybox su -m -s /boctl/exec -- "$user" "$@"
`;

// What su starts as the "shell": the command itself.
const EXEC = `#!/boctl/busybox sh
exec "$@"
`;

const PASSWD = [
  "root:x:0:0:root:/boctl/home:/bin/sh",
  "user:x:1000:1000:user:/boctl/home-user:/bin/sh",
  "nobody:x:65534:65534:nobody:/boctl/home-nobody:/bin/sh",
  "",
].join("\n");

const GROUP = ["root:x:0:", "user:x:1000:", "nogroup:x:65534:", ""].join("\n");

/** What an initial root is made of. */
export interface InitramfsParts {
  readonly machine: Machine;
  readonly modules: readonly Module[];
  /** The static busybox of the guest's architecture. */
  readonly busybox: Uint8Array;
}

/** The guest's initial root file system as an uncompressed cpio archive. */
export function initramfs(parts: InitramfsParts): Uint8Array<ArrayBuffer> {
  const { machine, modules, busybox } = parts;
  const order = modules.map(({ file, parameters }) => `${`${file} ${parameters}`.trim()}\n`).join(
    "",
  );
  const entries: CpioEntry[] = [
    ...["proc", "sys", "dev", "host", "control", "new", "boctl", "boctl/home", "boctl/bin"].map((
      path,
    ): CpioEntry => ({ kind: "folder", path })),
    program("init", INIT),
    { kind: "file", path: "boctl/busybox", mode: 0o755, bytes: busybox },
    { kind: "link", path: "boctl/bin/busybox", target: "/boctl/busybox" },
    program("boctl/bin/as-user", AS_USER),
    program("boctl/exec", EXEC),
    program("boctl/etc/passwd", PASSWD, 0o644),
    program("boctl/etc/group", GROUP, 0o644),
    { kind: "link", path: "boctl/etc/localtime", target: "/usr/share/zoneinfo/Etc/UTC" },
    ...APPLETS.map((name): CpioEntry => ({
      kind: "link",
      path: `boctl/applets/${name}`,
      target: "/boctl/busybox",
    })),
    { kind: "link", path: "bin", target: "boctl/applets" },
    program("modules/order", order, 0o644),
    ...modules.map((module): CpioEntry => ({
      kind: "file",
      path: `modules/${module.file}`,
      bytes: module.bytes,
    })),
    ...machine.board.flatMap((part) => part.firmware).map((firmware): CpioEntry => ({
      kind: "file",
      path: `lib/firmware/${firmware.path}`,
      bytes: firmware.make(),
    })),
  ];
  return cpio(entries);
}

function program(path: string, text: string, mode = 0o755): CpioEntry {
  return { kind: "file", path, mode, bytes: new TextEncoder().encode(text) };
}
