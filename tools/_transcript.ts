/**
 * Transcripts in Markdown: fenced `console` blocks of `$ command` lines, each with what the command
 * printed. They are run by a real shell in which `boctl` is this checkout's, with permission to
 * read files and the environment and nothing else.
 *
 * @module
 */

/** One command of a block; a line that ends in `\` goes on in the next, after `> `. */
export interface Step {
  /** As it stands in the document, without the `$ ` and `> `, newlines included. */
  readonly command: string;
  /** What it prints on standard output and standard error, without the final newline. */
  readonly output: string;
}

/** One fenced block. */
export interface Transcript {
  readonly steps: readonly Step[];
  /** Where its contents begin and end in the document, in characters. */
  readonly start: number;
  readonly end: number;
  /** Variables that blocks before it exported. */
  readonly env: Readonly<Record<string, string>>;
}

function parseSteps(text: string): Step[] {
  const steps: { command: string; output: string[] }[] = [];
  let continued = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const last = steps.at(-1);
    if (continued && last !== undefined && line.startsWith("> ")) {
      last.command += `\n${line.slice(2)}`;
    } else if (line.startsWith("$ ")) steps.push({ command: line.slice(2), output: [] });
    else if (last === undefined) throw new Error(`A transcript begins with "$ ", not "${line}"`);
    else last.output.push(line);
    continued = /^[$>] .*\\$/.test(line);
  }
  return steps.map(({ command, output }) => ({ command, output: output.join("\n") }));
}

/**
 * The transcripts of a document, in order.
 * @throws {Error} for a block that does not begin with a command
 */
export function findTranscripts(document: string): Transcript[] {
  const found: Transcript[] = [];
  let env: Record<string, string> = {};
  for (const match of document.matchAll(/^```console\n(.*?)^```$/gms)) {
    const text = match[1] ?? "";
    const start = match.index + "```console\n".length;
    const steps = parseSteps(text);
    found.push({ steps, start, end: start + text.length, env });
    for (const { command } of steps) {
      const [, name, value] = /^export (\w+)=(\S*)$/.exec(command) ?? [];
      if (name !== undefined) env = { ...env, [name]: value ?? "" };
    }
  }
  return found;
}

/** Steps as they stand in a document. */
export function formatSteps(steps: readonly Step[]): string {
  return steps.map(({ command, output }) =>
    `$ ${command.replaceAll("\n", "\n> ")}\n${output === "" ? "" : `${output}\n`}`
  ).join("");
}

/** A folder with a `boctl` to put on PATH; removed at the end of the `using` block. */
export interface Shell extends AsyncDisposable {
  /** Runs a transcript's commands, each in a shell of its own, and gives what they print now. */
  readonly run: (transcript: Transcript) => Promise<Step[]>;
}

/** What `boctl` may do in a transcript. */
export type Rights =
  /** Read files and the environment: what the simulator needs. */
  | "read"
  /** Everything, sessions and programs included; they find a runtime folder of their own. */
  | "all";

/** Ends the sessions of a runtime folder. */
async function stopSessions(runtime: string): Promise<void> {
  const { placesIn, runtimeFolder } = await import("../session/paths.ts");
  const { SessionClient } = await import("../session/client.ts");
  const env = (name: string): string | undefined =>
    name === "XDG_RUNTIME_DIR" ? runtime : undefined;
  for (const place of placesIn(runtimeFolder(env))) {
    const client = SessionClient.connect(place, env);
    await client?.stop();
    await client?.close();
  }
}

/**
 * Makes the shell in which transcripts run.
 * @param root the checkout; the commands run there
 */
export async function openShell(root: URL, rights: Rights = "read"): Promise<Shell> {
  const folder = await Deno.makeTempDir({ prefix: "boctl-transcript-" });
  const granted = rights === "all" ? "-A" : "--no-prompt --allow-read --allow-env";
  const options = `--quiet ${granted}`;
  const cli = decodeURIComponent(new URL("cli.ts", root).pathname);
  await Deno.writeTextFile(
    `${folder}/boctl`,
    `#!/bin/sh\nexec '${Deno.execPath()}' run ${options} '${cli}' "$@"\n`,
  );
  await Deno.chmod(`${folder}/boctl`, 0o755);
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !/^BOCTL_/.test(name));
  const base = {
    ...Object.fromEntries(inherited),
    PATH: `${folder}:${Deno.env.get("PATH")}`,
    XDG_RUNTIME_DIR: `${folder}/run`,
    TMPDIR: folder,
  };
  return {
    async run({ steps, env }): Promise<Step[]> {
      const done: Step[] = [];
      const exported: Record<string, string> = { ...env };
      let status = 0;
      for (const { command } of steps) {
        const { code, stdout } = await new Deno.Command("sh", {
          // A shell of its own for each command keeps their output apart; $? is handed on.
          args: ["-c", `exec 2>&1; (exit ${status})\n${command}`],
          cwd: root,
          env: { ...base, NO_COLOR: "1", ...exported },
          clearEnv: true,
          stdin: "null",
        }).output();
        const [, name, value] = /^export (\w+)=(\S*)$/.exec(command) ?? [];
        if (name !== undefined) exported[name] = value ?? "";
        status = code;
        done.push({ command, output: new TextDecoder().decode(stdout).replace(/\n+$/, "") });
      }
      return done;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await stopSessions(`${folder}/run`);
      await Deno.remove(folder, { recursive: true });
    },
  };
}
