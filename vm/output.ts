const encoder = new TextEncoder();

function writeAll(stream: { writeSync(data: Uint8Array): number }, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
}

/** Writes one line to standard output. */
export function say(line: string): void {
  writeAll(Deno.stdout, encoder.encode(`${line}\n`));
}

/** Writes one line to standard error: progress and complaints. */
export function note(line: string): void {
  writeAll(Deno.stderr, encoder.encode(`${line}\n`));
}

/** Writes bytes as they are to standard output. */
export function passOut(bytes: Uint8Array): void {
  writeAll(Deno.stdout, bytes);
}

/** Writes bytes as they are to standard error. */
export function passErr(bytes: Uint8Array): void {
  writeAll(Deno.stderr, bytes);
}
