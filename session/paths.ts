/**
 * Where sessions are found: a socket each, in a folder that only its owner may use.
 *
 * @module
 */
import { NoDevice, UsageError } from "../errors.ts";

/** The name of the session that nobody named. */
export const DEFAULT_NAME = "default";
/** What `--session` and `BOCTL_SESSION` say for a process of one's own. */
export const NO_SESSION = "none";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;
const SOCKET = ".sock";

const BOARD_FILE = /^sim:(?=.*\.json$)/s;

/** A path as it is from everywhere. */
export function absolutePath(path: string, folder: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

/** A device as it is called from everywhere: a simulated board may be a file. */
export function absoluteBoard(device: string, folder: string): string {
  const [sim] = BOARD_FILE.exec(device) ?? [];
  return sim === undefined ? device : sim + absolutePath(device.slice(sim.length), folder);
}

/** The files of one session. */
export interface Place {
  readonly name: string;
  /** What --session takes to find it again: its name, or its socket's path. */
  readonly spoken: string;
  /** What clients connect to. */
  readonly socket: string;
  /** Held locked by the session's process for as long as it lives. */
  readonly lock: string;
  /** Why and when it ended by itself; read once. */
  readonly ended: string;
}

type Environment = (name: string) => string | undefined;

/** This user's number; undefined where Deno may not tell. */
function ownUid(): number | null | undefined {
  try {
    return Deno.uid();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/**
 * `$XDG_RUNTIME_DIR/boctl`, or `/tmp/boctl-UID` where there is none; a relative one is to be ignored
 * (XDG Base Directory Specification).
 */
export function runtimeFolder(env: Environment): string {
  const said = env("XDG_RUNTIME_DIR");
  const runtime = said?.startsWith("/") === true ? said : undefined;
  // Who may not know the user may not start a session either: there is none of that name.
  return runtime ? `${runtime}/boctl` : `/tmp/boctl-${ownUid() ?? "unknown"}`;
}

/**
 * Which session is meant.
 * @param asked `--session`
 * @returns undefined for none at all
 * @throws {UsageError} for what is no name
 */
export function placeOf(asked: string | undefined, env: Environment): Place | undefined {
  const said = asked ?? (env("BOCTL_SESSION") || undefined);
  if (said === NO_SESSION) return undefined;
  // A path is a socket's, as `session status` prints it. The session works in another directory.
  if (said?.includes("/") === true) {
    const socket = absolutePath(said, Deno.cwd());
    return placeAt(socket, socket);
  }
  const name = said ?? DEFAULT_NAME;
  if (!NAME.test(name)) {
    throw new UsageError(
      `${asked === undefined ? "BOCTL_SESSION" : "--session"}: "${name}" is no name`,
      {
        word: name,
        hint: "Names have letters, digits, _, - and ., 32 at most.",
      },
    );
  }
  return placeAt(`${runtimeFolder(env)}/${name}${SOCKET}`);
}

function placeAt(socket: string, spoken?: string): Place {
  const stem = socket.endsWith(SOCKET) ? socket.slice(0, -SOCKET.length) : socket;
  const name = stem.slice(stem.lastIndexOf("/") + 1);
  return {
    name,
    spoken: spoken ?? name,
    socket,
    lock: `${stem}.lock`,
    ended: `${stem}.ended`,
  };
}

/** The sessions whose sockets are there, by name. @throws {NoDevice} where it may not be read */
export function placesIn(folder: string): Place[] {
  try {
    return [...Deno.readDirSync(folder)]
      .filter(({ name }) => name.endsWith(SOCKET))
      .map(({ name }) => placeAt(`${folder}/${name}`))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw unusable(folder, error);
  }
}

const OF_YOUR_OWN = "set XDG_RUNTIME_DIR to a folder of your own, or use --session none";

/** The error of a folder that cannot be made or read. */
function unusable(folder: string, error: unknown): NoDevice {
  const why = error instanceof Error ? error.message : String(error);
  return new NoDevice(`${folder}: sessions' sockets cannot be there: ${why}`, {
    hint: `It is made in $XDG_RUNTIME_DIR: ${OF_YOUR_OWN}.`,
  });
}

/** Whether a socket is there, whoever listens. */
export function isThere({ socket }: Place): boolean {
  try {
    return Deno.lstatSync(socket).isSocket === true;
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
      error instanceof Deno.errors.NotCapable
    ) return false;
    // Somebody else's: connecting tells.
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}

/**
 * Makes the folder, and makes sure that nobody else can put anything there.
 * @throws {NoDevice} where somebody else can, or it cannot be made
 */
export function ensureFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(folder, error);
  }
  const info = Deno.lstatSync(folder);
  if (!info.isDirectory || info.uid !== ownUid() || ((info.mode ?? 0) & 0o077) !== 0) {
    throw new NoDevice(`${folder}: it is not a folder of this user's alone`, {
      hint: `Remove it, or set XDG_RUNTIME_DIR to a folder of your own (chmod 700 ${folder}).`,
    });
  }
}
