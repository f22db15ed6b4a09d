/**
 * Telling a trace from a script.
 *
 * @module
 */

/** What a trace begins with. */
const BEGINNING = '{"boctl-trace":';

/** Whether a file is a trace, as far as anybody may see. Never asks for the right to read it. */
export function isTrace(path: string): boolean {
  try {
    const { state } = Deno.permissions.querySync({ name: "read", path });
    if (state !== "granted" || !Deno.statSync(path).isFile) return false;
    using file = Deno.openSync(path);
    const start = new Uint8Array(BEGINNING.length);
    file.readSync(start);
    return new TextDecoder().decode(start) === BEGINNING;
  } catch {
    // Whoever reads it as a script says why it cannot be read.
    return false;
  }
}
