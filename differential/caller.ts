/**
 * Who makes the calls: root, or an ordinary user, and what the nodes let them open.
 *
 * @module
 */
import { bindLibc } from "../ffi/libc.ts";
import type { BoardAccess } from "../sim/board.ts";
import type { MachineProfile } from "./generate.ts";

/** The permission bits that nodes have, by kind; they are root's. */
export interface Modes {
  readonly primary: number;
  readonly render: number;
  readonly heap: number;
  readonly udmabuf: number;
}

/** Who calls. */
export interface Caller {
  readonly uid: number;
  readonly modes: Modes;
}

/** Root, and nobody else may open anything: as the guests come up. */
export const ROOT: Caller = {
  uid: 0,
  modes: { primary: 0o600, render: 0o600, heap: 0o600, udmabuf: 0o600 },
};

/** A user who may open all but the heaps, and the cards as their mode says. */
export function ordinaryUser(uid: number, cards: number): Caller {
  return { uid, modes: { primary: cards, render: 0o666, heap: 0o600, udmabuf: 0o666 } };
}

/** The modes as a board has them. */
export function accessOf({ modes }: Caller): Readonly<Record<keyof Modes, BoardAccess>> {
  const access = (kind: keyof Modes): BoardAccess => ({ mode: modes[kind], gid: 0 });
  return {
    primary: access("primary"),
    render: access("render"),
    heap: access("heap"),
    udmabuf: access("udmabuf"),
  };
}

/** The paths of a machine's nodes, by kind. */
function pathsOf({ nodes, heaps, udmabuf }: MachineProfile): [keyof Modes, string][] {
  return [
    ...nodes.map(({ path }): [keyof Modes, string] => [
      path.includes("/card") ? "primary" : "render",
      path,
    ]),
    ...heaps.map((name): [keyof Modes, string] => ["heap", `/dev/dma_heap/${name}`]),
    ...(udmabuf ? [["udmabuf", "/dev/udmabuf"] as [keyof Modes, string]] : []),
  ];
}

/** Gives this machine's nodes their modes; a kernel that lacks one answers ENOENT later on. */
export function setModes({ modes }: Caller, machine: MachineProfile): void {
  for (const [kind, path] of pathsOf(machine)) {
    try {
      Deno.chmodSync(path, modes[kind]);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

const PR_SET_DUMPABLE = 4;

const symbols = {
  setgroups: { parameters: ["u64", "buffer"], result: "i32" },
  setresgid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Makes this process an ordinary user's, for good: all of its threads, as glibc sees to.
 * @throws {Error} where the kernel refuses
 */
export function becomeUser(uid: number): void {
  const libc = bindLibc(symbols);
  try {
    const made = (name: string, result: number): void => {
      if (result !== 0) throw new Error(`${name}() for user ${uid}: errno ${libc.errno[0]}`);
    };
    made("setgroups", libc.setgroups(0n, null));
    made("setresgid", libc.setresgid(uid, uid, uid));
    made("setresuid", libc.setresuid(uid, uid, uid));
    // Who has changed its user may not look at itself in /proc, unless it says that it may.
    made("prctl", libc.prctl(PR_SET_DUMPABLE, 1n, 0n, 0n, 0n));
  } finally {
    libc.unload();
  }
}
