/**
 * What the tests of sessions share: a runtime folder of their own, and boctl as processes.
 *
 * @module
 */
import { socketLibc } from "../ffi/socket_libc.ts";
import { removeFile } from "./files.ts";

export { isAlive } from "./files.ts";
import { type Place, placeOf, placesIn, runtimeFolder } from "./paths.ts";
import { SessionClient } from "./client.ts";

const CLI = decodeURIComponent(new URL("../cli.ts", import.meta.url).pathname);
const SIGKILL = 9;

/** What a process gave. */
export interface Gave {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A runtime folder; the sessions in it end with it. */
export class Sessions implements AsyncDisposable {
  readonly runtime: string;

  constructor() {
    this.runtime = Deno.makeTempDirSync({ prefix: "boctl-session-" });
    Deno.chmodSync(this.runtime, 0o700);
  }

  readonly env = (name: string): string | undefined =>
    name === "XDG_RUNTIME_DIR" ? this.runtime : undefined;

  place(name = "default"): Place {
    const place = placeOf(name, this.env);
    if (place === undefined) throw new Error(`${name} is no session`);
    return place;
  }

  /** How a program starts `boctl` with these words. */
  words(words: readonly string[]): { readonly program: string; readonly args: string[] } {
    const args = ["run", "-A", "--cached-only", "--no-check", CLI, ...words];
    return { program: Deno.execPath(), args };
  }

  /** A command that runs `boctl` with these words. */
  command(words: readonly string[], options: Deno.CommandOptions = {}): Deno.Command {
    const { program, args } = this.words(words);
    return new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...options,
      env: { NO_COLOR: "1", XDG_RUNTIME_DIR: this.runtime, ...options.env },
    });
  }

  /** Runs `boctl LINE` as a shell would; words do not contain spaces. */
  async boctl(line: string, options: Deno.CommandOptions = {}): Promise<Gave> {
    const { code, stdout, stderr } = await this.command(line.split(" "), options).output();
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trimEnd();
    return { code, out: text(stdout), err: text(stderr) };
  }

  /** The process of a session. */
  async pid(name = "default"): Promise<number> {
    const client = SessionClient.connect(this.place(name), this.env);
    if (client === undefined) throw new Error(`there is no session ${name}`);
    await client.close();
    return client.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const libc = socketLibc();
    for (const place of placesIn(runtimeFolder(this.env))) {
      try {
        const client = SessionClient.connect(place, this.env);
        if (client !== undefined) {
          await client.close();
          libc.kill(client.pid, SIGKILL);
        }
      } catch {
        // It has crashed already, as some tests want.
      }
      removeFile(place.socket);
    }
    libc.unload();
    await Deno.remove(this.runtime, { recursive: true });
  }
}

/** What a process's descriptors lead to, sorted. */
export function descriptorsOf(pid: number): string[] {
  const links: string[] = [];
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    try {
      links.push(Deno.readLinkSync(`/proc/${pid}/fd/${name}`).replace(/\[\d+\]$/, ""));
    } catch {
      // Closed meanwhile.
    }
  }
  return links.sort();
}
