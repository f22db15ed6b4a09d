import { SetupError } from "./errors.ts";

/**
 * The folder that holds everything that setup fetches or makes.
 *
 * `BOCTL_VM_CACHE`, else `boctl/vm` below `XDG_CACHE_HOME`, else below `~/.cache`.
 */
export function cacheFolder(env: (name: string) => string | undefined = Deno.env.get): string {
  const own = env("BOCTL_VM_CACHE");
  if (own !== undefined && own !== "") return own;
  const xdg = env("XDG_CACHE_HOME");
  if (xdg !== undefined && xdg !== "") return `${xdg}/boctl/vm`;
  const home = env("HOME");
  if (home !== undefined && home !== "") return `${home}/.cache/boctl/vm`;
  throw new SetupError("No place for the cache: set BOCTL_VM_CACHE to a folder");
}

/** Whether a path exists. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Makes a folder of the cache once: `fill` works in a temporary folder that is renamed when it is
 * complete, so that what stands under the final name is never half done.
 *
 * @returns whether it had to be made.
 */
export async function makeFolderOnce(
  path: string,
  fill: (temporary: string) => Promise<void>,
): Promise<boolean> {
  if (await exists(path)) return false;
  const parent = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(parent, { recursive: true });
  const temporary = await Deno.makeTempDir({ dir: parent, prefix: ".partial-" });
  try {
    await Deno.chmod(temporary, 0o755);
    await fill(temporary);
    await renameUnlessThere(temporary, path);
  } finally {
    await removeIfThere(temporary);
  }
  return true;
}

/** Writes a file of the cache so that nobody can see half of it. */
export async function writeFileWhole(path: string, bytes: Uint8Array): Promise<void> {
  const parent = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(parent, { recursive: true });
  const temporary = await Deno.makeTempFile({ dir: parent, prefix: ".partial-" });
  try {
    await Deno.writeFile(temporary, bytes);
    await Deno.chmod(temporary, 0o644);
    await Deno.rename(temporary, path);
  } finally {
    await removeIfThere(temporary);
  }
}

/**
 * Removes the older versions of a derived file or folder: the siblings that begin with `prefix`
 * and have not been made within the last hour (which may still be in use).
 */
export async function removeOldVersions(path: string, prefix: string): Promise<void> {
  const slash = path.lastIndexOf("/");
  const [parent, own] = [path.slice(0, slash), path.slice(slash + 1)];
  const limit = Date.now() - 3600_000;
  for await (const { name } of Deno.readDir(parent)) {
    if (name === own || !name.startsWith(prefix)) continue;
    const { mtime } = await Deno.lstat(`${parent}/${name}`);
    if ((mtime?.getTime() ?? 0) < limit) await removeIfThere(`${parent}/${name}`);
  }
}

/** Removes a file or folder; one that is not there is no error. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Runs `body` while no other process holds the lock of this name in the cache. */
export async function withLock<T>(name: string, body: () => Promise<T>): Promise<T> {
  const folder = cacheFolder();
  await Deno.mkdir(folder, { recursive: true });
  using file = await Deno.open(`${folder}/${name}.lock`, { create: true, write: true });
  await file.lock(true);
  return await body();
}

/** A short name for a set of inputs: the first 16 digits of their SHA-256. */
export async function keyOf(...inputs: readonly (string | Uint8Array)[]): Promise<string> {
  const encoder = new TextEncoder();
  const parts = inputs.map((input) => typeof input === "string" ? encoder.encode(input) : input);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length + 8, 0));
  const view = new DataView(joined.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    joined.set(part, at + 8);
    at += part.length + 8;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined)).toHex().slice(0, 16);
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    // Another process was quicker: its folder is as good.
    if (!(await exists(to))) throw error;
  }
}
