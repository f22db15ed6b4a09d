/** Reads a growing file bit by bit. */
export class FileFollower {
  #file: Deno.FsFile | undefined;
  #buffer = new Uint8Array(64 * 1024);
  #chunks: Uint8Array[] = [];

  /**
   * @param path the file; it may not exist yet.
   * @param onBytes called with what is new; the bytes are the callee's to keep.
   */
  constructor(readonly path: string, readonly onBytes: (bytes: Uint8Array) => void) {}

  /** Reads what has been added since the last call. */
  poll(): void {
    this.#file ??= openIfThere(this.path);
    if (this.#file === undefined) return;
    for (;;) {
      const count = this.#file.readSync(this.#buffer);
      if (count === null || count === 0) return;
      const bytes = this.#buffer.slice(0, count);
      this.#chunks.push(bytes);
      this.onBytes(bytes);
    }
  }

  /** All that has been read, as text. */
  text(): string {
    const decoder = new TextDecoder();
    return this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") +
      decoder.decode();
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

function openIfThere(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
