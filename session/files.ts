/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A file's text, or undefined where there is none. */
export function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    throw error;
  }
}

/** Whether a process is there; a zombie is not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // A process that ends while it is read from.
    if (error instanceof Error && error.message.includes("os error 3")) return false;
    throw error;
  }
}

/** Whether a process's first thread runs or wants to, as opposed to sleeping. */
export function isComputing(pid: number): boolean {
  try {
    // The name before it may hold anything, parentheses too.
    return /\) R [^)]*$/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}
