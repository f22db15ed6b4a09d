import type { Machine } from "./machine.ts";

/** A folder that QEMU exports over 9p. */
export interface Export {
  readonly tag: string;
  readonly path: string;
  readonly writable: boolean;
}

/** A file that QEMU loads into guest RAM before the start. */
export interface Preload {
  readonly path: string;
  readonly address: number;
}

/** What a QEMU process is started with, beside what the machine says. */
export interface QemuOptions {
  readonly machine: Machine;
  readonly kernel: string;
  readonly initrd: string;
  /** Compiled device tree, for machines with a board. */
  readonly deviceTree?: string;
  readonly preloads: readonly Preload[];
  readonly exports: readonly Export[];
  /** File that receives the serial console. */
  readonly console: string;
  /** RAM in MiB. */
  readonly memory: number;
}

/** RAM of a guest, MiB. The registers of the boards lie at 896 MiB above the start of RAM. */
export const MEMORY_MIB = 1536;

/** Name of the QEMU program for a machine. */
export function qemuProgram(machine: Machine): string {
  return machine.arch === "amd64" ? "qemu-system-x86_64" : "qemu-system-aarch64";
}

/** Arguments that describe the hardware, without kernel, shares and console. */
export function hardwareArguments(machine: Machine, memory: number): string[] {
  const type = machine.arch === "amd64" ? "q35" : "virt";
  return [
    ...["-machine", type, "-cpu", machine.cpu, "-smp", "2", "-m", String(memory)],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
  ];
}

/** All arguments of QEMU for one guest. */
export function qemuArguments(options: QemuOptions): string[] {
  const { machine } = options;
  const console = machine.arch === "amd64" ? "ttyS0" : "ttyAMA0";
  const specific = machine.arch === "amd64" ? "mitigations=off nokaslr" : "nokaslr";
  return [
    ...hardwareArguments(machine, options.memory),
    // Emulation everywhere, also where there is /dev/kvm: the same guest on every host.
    ...["-accel", "tcg,thread=multi", "-no-reboot", "-monitor", "none"],
    ...(machine.arch === "amd64" ? ["-vga", "none"] : []),
    ...["-serial", `file:${escaped(options.console)}`],
    ...machine.devices.flatMap((device) => ["-device", device]),
    ...options.exports.flatMap(exportArguments),
    ...options.preloads.flatMap(({ path, address }) => [
      "-device",
      `loader,file=${escaped(path)},addr=0x${address.toString(16)},force-raw=on`,
    ]),
    ...["-kernel", options.kernel, "-initrd", options.initrd],
    ...(options.deviceTree === undefined ? [] : ["-dtb", options.deviceTree]),
    "-append",
    // A panic ends QEMU (panic=-1 with -no-reboot); loglevel=5 shows warnings and worse.
    `console=${console} loglevel=5 panic=-1 nowatchdog rcupdate.rcu_cpu_stall_suppress=1 random.trust_cpu=on ${specific}`,
  ];
}

function exportArguments(share: Export): string[] {
  const access = share.writable ? "" : ",readonly=on";
  return [
    "-virtfs",
    `local,path=${escaped(share.path)},mount_tag=${share.tag},` +
    `security_model=none,multidevs=remap${access}`,
  ];
}

// QEMU splits options at commas; a comma itself is written twice.
function escaped(value: string): string {
  return value.replaceAll(",", ",,");
}
