/**
 * Where a configuration stands.
 *
 * @module
 */

/** The name of the file. */
export const CONFIG_NAME = "boctl.jsonc";

/** What is asked of the file system; a test has its own. */
export interface Folders {
  /** The current folder; undefined where it may not be known. */
  current(): string | undefined;
  /** Whether there is a file that may be read. Never asks the user for the right to look. */
  isReadable(path: string): boolean;
}

/** The folders of this machine. */
export const ownFolders: Folders = {
  current: () => {
    try {
      return Deno.permissions.querySync({ name: "read", path: "." }).state === "granted"
        ? Deno.cwd()
        : undefined;
    } catch {
      // The folder has been removed.
      return undefined;
    }
  },
  isReadable: (path) => {
    if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  },
};

/**
 * The nearest `boctl.jsonc`, from a file's folder upward.
 * @returns undefined where there is none, or where nobody may look
 */
export function findConfig(file: string, folders: Folders = ownFolders): string | undefined {
  const current = file.startsWith("/") ? "" : folders.current();
  if (current === undefined) return undefined;
  const parts = (file.startsWith("/") ? file : `${current}/${file}`).split("/").slice(1, -1);
  const names: string[] = [];
  for (const part of parts) {
    if (part === "..") names.pop();
    else if (part !== "." && part !== "") names.push(part);
  }
  for (;;) {
    const path = `/${[...names, CONFIG_NAME].join("/")}`;
    if (folders.isReadable(path)) return path;
    if (names.pop() === undefined) return undefined;
  }
}
