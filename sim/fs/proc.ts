import { O_CLOEXEC } from "../../ffi/constants.ts";
import { mounts, type OpenFile } from "../file.ts";
import type { Machine } from "../machine.ts";
import type { SimMapping } from "../mapping.ts";
import { Directory, type DirectoryEntry, type Entry, link } from "./tree.ts";

function descriptors(
  machine: Machine,
  entry: (fd: number, file: OpenFile) => Entry,
): DirectoryEntry {
  return {
    kind: "directory",
    names: () => machine.fds.list().map(String),
    find(name): Entry | undefined {
      if (!/^\d+$/.test(name)) return undefined;
      const fd = Number(name);
      const file = machine.fds.get(fd);
      return file === null ? undefined : entry(fd, file);
    },
  };
}

function fdinfo(machine: Machine, fd: number, file: OpenFile): string {
  const flags = file.statusFlags | (machine.fds.closeOnExec(fd) ? O_CLOEXEC : 0);
  const generic = `pos:\t${file.position}\nflags:\t0${flags.toString(8)}\nmnt_id:\t${
    mounts[file.mount]
  }\nino:\t${file.stat().inode}\n`;
  return generic + file.fdinfo();
}

/** One line of /proc/self/maps, padded as the kernel does (fs/proc/task_mmu.c). */
function mapsLine(mapping: SimMapping): string {
  const hex = (value: bigint): string => value.toString(16).padStart(8, "0");
  const { area } = mapping;
  const line = `${hex(mapping.address)}-${hex(mapping.addressEnd)} ${mapping.permissions} ` +
    `${hex(area.shownOffset)} 00:06 ${area.file.stat().inode}`;
  return `${line.padEnd(73)}${area.file.link()}\n`;
}

/**
 * /proc as far as it is simulated: the process's own descriptors and mappings. The standard streams
 * are not in it.
 */
export function procDirectory(machine: Machine, mappings: () => readonly SimMapping[]): Directory {
  const proc = new Directory();
  const self = proc.directory("self");
  self.put("fd", descriptors(machine, (_fd, file) => link(file.link())));
  self.put(
    "fdinfo",
    descriptors(machine, (fd, file) => ({ kind: "text", read: () => fdinfo(machine, fd, file) })),
  );
  self.put("maps", { kind: "text", read: () => mappings().map(mapsLine).join("") });
  return proc;
}
