/**
 * Replaying: the calls of a trace made on another kernel, and its answers compared.
 *
 * @module
 */
import { Interrupted } from "../errors.ts";
import { MFD_CLOEXEC, O_CLOEXEC } from "../ffi/constants.ts";
import type { Kernel, Mapping, PollEntry } from "../ffi/kernel.ts";
import { compareEntries, type Difference, Pairing } from "./compare.ts";
import { mapEntryNames } from "./entry_names.ts";
import { fdinfoPath, fdinfoSubject } from "./fdinfo.ts";
import { type FdName, isNote, type TraceEntry } from "./format.ts";
import { isName, parsePlace } from "./names.ts";
import type { Line, Trace } from "./read.ts";
import { RecordingKernel } from "./record.ts";
import { prepare, type Prepared } from "./_replay_plan.ts";
import { requestOf } from "./_replay_request.ts";
import { isContinued, waitedFor } from "./select.ts";
import { parseFlags, parseName } from "./words.ts";

/** A descriptor that no process has. */
const NO_DESCRIPTOR = 0x3fff_fff0;
/** Tries before a signal storm ends a replay. */
const TRIES = 100;
/** Calls between two looks at Ctrl-C. */
const CALLS_A_TURN = 64;

/** A line whose answer differs. */
export interface DifferentLine {
  readonly line: number;
  readonly recorded: TraceEntry;
  /** As it came here, with names of its own. */
  readonly here: TraceEntry;
  readonly fields: readonly Difference[];
}

/** What came of a replay. */
export interface Replayed {
  /** Calls made. */
  readonly calls: number;
  /** Lines left out, by why. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Answers that were not compared, by why. */
  readonly notCompared: Readonly<Record<string, number>>;
  readonly differences: readonly DifferentLine[];
}

/** How a trace is replayed. */
export interface ReplayOptions {
  /** Compares facts about the machine, too. */
  readonly strict?: boolean;
  /** How many differences are looked for; the first one ends the replay by default. */
  readonly most?: number;
  readonly signal?: AbortSignal;
}

function count(counts: Record<string, number>, why: string): void {
  counts[why] = (counts[why] ?? 0) + 1;
}

/** A call that cannot be made: a name in it stands for nothing here. */
class Missing extends Error {}

class Player {
  readonly #kernel: RecordingKernel;
  readonly #prepared: Prepared;
  readonly #pairing: Pairing;
  readonly #maps = new Map<string, Mapping>();
  readonly #open = new Set<number>();
  #told: TraceEntry | undefined;

  constructor(kernel: Kernel, prepared: Prepared, pairing: Pairing) {
    this.#kernel = new RecordingKernel(kernel, (entry) => {
      this.#told = entry;
    });
    this.#prepared = prepared;
    this.#pairing = pairing;
  }

  /** Makes the call of a line; gives it as it came here. @throws {Missing} */
  play({ line, entry }: Line): TraceEntry {
    for (let i = 0; i < TRIES; i++) {
      this.#told = undefined;
      this.#make(line, entry);
      // Nothing is told of a call that a signal interrupted.
      const told = this.#told as TraceEntry | undefined;
      if (told !== undefined) {
        this.#keep(told);
        return told;
      }
    }
    throw new Interrupted("replay: a call was interrupted again and again");
  }

  /** Lets everything go that is still held. */
  close(): void {
    for (const map of this.#maps.values()) map.unmap();
    for (const fd of this.#open) this.#kernel.close(fd);
    this.#maps.clear();
    this.#open.clear();
  }

  /** Books what a call opened or closed. */
  #keep(told: TraceEntry): void {
    mapEntryNames(told, (name, role) => {
      if (role !== "told" || !isName(name, "f")) return name;
      const fd = this.#kernel.descriptors.valueOf(name);
      if (fd !== undefined && this.#isOpen(name, fd)) this.#open.add(fd);
      return name;
    });
    if (told.call === "close" && told.result !== "EBADF") {
      this.#open.delete(this.#kernel.descriptors.valueOf(String(told.fd)) ?? -1);
    }
  }

  /** Whether a name's number was not given to another file. */
  #isOpen(name: string, fd: number): boolean {
    return this.#kernel.descriptors.nameOf(fd) === name;
  }

  #here(name: string): string {
    const here = this.#pairing.toB(name);
    if (here === undefined) throw new Missing(name);
    return here;
  }

  /** A descriptor's number here; one that nobody has for a closed or a stranger's one. */
  readonly #fd = (fd: FdName): number => {
    if (typeof fd === "number") return fd < 0 ? fd : NO_DESCRIPTOR;
    const name = this.#here(fd);
    const value = this.#kernel.descriptors.valueOf(name);
    if (value === undefined) throw new Missing(fd);
    return this.#open.has(value) && this.#isOpen(name, value) ? value : NO_DESCRIPTOR;
  };

  readonly #offset = (name: string): bigint => {
    const value = this.#kernel.offsets.valueOf(this.#here(name));
    if (value === undefined) throw new Missing(name);
    return value;
  };

  /** Where a mapping of the trace starts here. */
  readonly #address = (map: string): bigint => this.#map(map).address;

  #place(text: unknown): bigint | undefined {
    const place = parsePlace(text);
    return place === undefined ? undefined : this.#address(place.map) + BigInt(place.offset);
  }

  #map(name: string): Mapping {
    const map = this.#maps.get(name);
    if (map === undefined) throw new Missing(name);
    return map;
  }

  #make(line: number, entry: TraceEntry): void {
    const kernel = this.#kernel;
    switch (entry.call) {
      case "open": {
        const path = this.#prepared.paths.get(line) ?? entry.path;
        const flags = parseFlags(entry.flags, "O_") ?? 0;
        kernel.open(path, flags, { inherit: (flags & O_CLOEXEC) === 0 });
        return;
      }
      case "close":
        kernel.close(this.#fd(entry.fd));
        return;
      case "ioctl": {
        const at = {
          fd: this.#fd,
          offset: this.#offset,
          address: this.#address,
          now: kernel.now(),
        };
        const { code, argument } = requestOf(entry, at);
        kernel.ioctl(this.#fd(entry.fd), code, argument);
        return;
      }
      case "mmap": {
        const { length, offset } = entry;
        // A stranger's trace may shrink a file under its mapping: no touch may end the process.
        const access = kernel.identity.backend === "live" ? "copied" : entry.access;
        const map = kernel.mmap(
          length,
          parseFlags(entry.prot, "PROT_") ?? 0,
          parseFlags(entry.flags, "MAP_") ?? 0,
          this.#fd(entry.fd),
          isName(offset, "o") ? this.#offset(offset) : this.#place(offset) ?? BigInt(offset),
          access,
        );
        if (typeof map === "number") return;
        // An answer that differs has no other name to be found by.
        if (isName(entry.result, "m")) this.#maps.set(entry.result, map);
        else map.unmap();
        return;
      }
      case "map.read":
        this.#map(entry.map).read(entry.offset, new Uint8Array(entry.length));
        return;
      case "map.write":
        if ("hex" in entry.bytes) {
          this.#map(entry.map).write(entry.offset, Uint8Array.fromHex(entry.bytes.hex));
        }
        return;
      case "map.fill":
        this.#map(entry.map).fill(entry.offset, entry.length, entry.value);
        return;
      case "map.unmap":
        if (this.#map(entry.map).unmap() === 0) this.#maps.delete(entry.map);
        return;
      case "dup":
        kernel.dup(this.#fd(entry.fd));
        return;
      case "fcntl":
        kernel.fcntl(this.#fd(entry.fd), parseName(entry.command, "F_") ?? 0, entry.argument);
        return;
      case "fstat":
        kernel.fstat(this.#fd(entry.fd ?? -1));
        return;
      case "fstatfs":
        kernel.fstatfs(this.#fd(entry.fd));
        return;
      case "lseek":
        kernel.lseek(
          this.#fd(entry.fd),
          BigInt(entry.offset),
          parseName(entry.whence, "SEEK_") ?? 0,
        );
        return;
      case "poll": {
        const entries = entry.entries.map(({ fd, events }): PollEntry => ({
          fd: this.#fd(fd),
          events: parseFlags(events, "POLL") ?? 0,
          revents: 0,
        }));
        kernel.poll(entries, entry.timeoutMs);
        return;
      }
      case "ftruncate":
        kernel.ftruncate(this.#fd(entry.fd), BigInt(entry.length));
        return;
      case "memfd_create":
        kernel.memfdCreate(entry.name, (parseFlags(entry.flags, "MFD_") ?? 0) & ~MFD_CLOEXEC);
        return;
      case "readText": {
        const subject = fdinfoSubject(entry.path);
        if (isName(subject)) kernel.readText(fdinfoPath(this.#fd(subject)));
        else kernel.readText(fdinfoPath(NO_DESCRIPTOR));
        return;
      }
      default:
        this.#device(entry);
    }
  }

  #device(entry: TraceEntry): void {
    const side = this.#kernel.deviceSide;
    if (side === undefined || !("handle" in entry)) throw new Missing(entry.call);
    const fd = this.#fd(entry.fd);
    const handle = Number(this.#place(entry.handle) ?? entry.handle);
    switch (entry.call) {
      case "device.read":
        side.read(fd, handle, entry.offset, entry.length);
        return;
      case "device.write":
        if (entry.bytes !== undefined && "hex" in entry.bytes) {
          side.write(fd, handle, entry.offset, Uint8Array.fromHex(entry.bytes.hex));
        }
        return;
      case "device.begin":
        side.begin(fd, handle, entry.access);
        return;
      case "device.end":
        side.end(fd, handle);
        return;
      case "device.stale":
        side.stale(fd, handle, entry.offset ?? 0, entry.length ?? 0);
        return;
      case "device.books":
        side.books(fd, handle);
        return;
    }
  }
}

/** Which answers cannot be compared since the device's side of the trace was left out. */
class WithoutDevice {
  #wrote = false;
  #jobs = 0;

  leave(entry: TraceEntry): void {
    if (entry.call === "device.write") this.#wrote = true;
    if (entry.call === "device.begin" && entry.result === 0) this.#jobs++;
    if (entry.call === "device.end" && entry.result === 0) this.#jobs--;
  }

  why(entry: TraceEntry): string | undefined {
    if (this.#wrote && entry.call === "map.read") return "bytes read after the device wrote";
    const waits = waitedFor(entry) !== undefined ||
      (entry.call === "ioctl" && entry.name === "DMA_BUF_IOCTL_SYNC");
    return this.#jobs > 0 && waits ? "waits while a job of the device was running" : undefined;
  }
}

/**
 * Makes the calls of a trace on a kernel and compares the answers. Everything that is opened is
 * closed at the end, also where the replay ends early. Waits are compared by their last slice.
 * @throws {NotSupported} where the kernel lacks a device of the trace, before any of its calls
 * @throws {UsageError} for calls that are not made for a stranger's trace, before any of its calls
 * @throws {Interrupted} on Ctrl-C
 */
export async function replay(
  kernel: Kernel,
  trace: Trace,
  options: ReplayOptions = {},
): Promise<Replayed> {
  const { strict = false, most = 1, signal } = options;
  const prepared = prepare(kernel, trace);
  const leftOut: Record<string, number> = {};
  const notCompared: Record<string, number> = {};
  const differences: DifferentLine[] = [];
  const pairing = new Pairing();
  const without = new WithoutDevice();
  const player = new Player(kernel, prepared, pairing);
  let calls = 0;
  try {
    for (const [i, line] of prepared.lines.entries()) {
      const { entry } = line;
      const why = prepared.leftOut.get(line.line);
      if (why !== undefined) {
        if (why !== "note") count(leftOut, why);
        without.leave(entry);
        continue;
      }
      if (calls % CALLS_A_TURN === 0 || entry.call === "poll") {
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (signal?.aborted) throw new Interrupted("interrupted");
      }
      let here: TraceEntry;
      try {
        here = player.play(line);
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
        count(leftOut, "on what differs");
        continue;
      }
      calls++;
      let after = i + 1;
      for (let next = prepared.lines[after]; next && isNote(next.entry);) {
        next = prepared.lines[++after];
      }
      if (isContinued(entry, prepared.lines[after]?.entry)) continue;
      const excuse = without.why(entry);
      if (excuse !== undefined) {
        count(notCompared, excuse);
        continue;
      }
      const fields = compareEntries(entry, here, pairing, { strict, answersOnly: true });
      if (fields.length === 0) continue;
      differences.push({ line: line.line, recorded: entry, here, fields });
      if (differences.length >= most) break;
    }
  } finally {
    player.close();
  }
  return { calls, leftOut, notCompared, differences };
}
