/**
 * Users' files and standard input, read with the user's rights.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { formatSize } from "../syntax/size.ts";

function tooLarge(path: string, limit: number): UsageError {
  return new UsageError(`${path}: larger than ${formatSize(limit)}`);
}

/**
 * A whole file.
 * @param limit the most that is read, in bytes: checked before anything is allocated
 * @throws {UsageError} when it cannot be read or is larger
 */
export async function readUserFile(path: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) throw new UsageError(`${path}: is a directory`, { word: path });
    if (info.size > limit) throw tooLarge(path, limit);
    using file = await Deno.open(path);
    return await readAll(file.readable, path, limit);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Deno.errors.PermissionDenied
      ? "it may not be read"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new UsageError(`${path}: ${why}`, { word: path });
  }
}

/** Writes a whole file. @throws {UsageError} when it cannot be written */
export async function writeUserFile(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path}: cannot be written: ${why}`, { word: path });
  }
}

/** Standard input, whole. @throws {UsageError} when it is larger than `limit` bytes */
export async function readStandardInput(limit: number): Promise<Uint8Array<ArrayBuffer>> {
  return await readAll(Deno.stdin.readable, "standard input", limit);
}

async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  name: string,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > limit) throw tooLarge(name, limit);
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
