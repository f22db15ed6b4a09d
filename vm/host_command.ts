import { SetupError } from "./errors.ts";

/** How to run a command of the host. */
export interface HostCommandOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly stdin?: Uint8Array;
  /** Seconds after which the command is killed; 600 where nothing is said. */
  readonly timeoutSeconds?: number;
}

/**
 * Runs a command of the host and returns its standard output as bytes.
 *
 * @throws {SetupError} where the program is missing, fails, or takes too long; the message is one
 * line with the last thing that it said.
 */
export async function hostCommand(
  program: string,
  args: readonly string[],
  options: HostCommandOptions = {},
): Promise<Uint8Array> {
  const name = program.split("/").at(-1) ?? program;
  const limit = options.timeoutSeconds ?? 600;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { LC_ALL: "C", NO_COLOR: "1", ...options.env },
    }).spawn();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new SetupError(`Cannot run "${name}": it is not installed`, { cause });
    }
    throw cause;
  }
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    child.kill("SIGKILL");
  }, limit * 1000);
  try {
    const [output] = await Promise.all([child.output(), feed(child, options.stdin)]);
    if (expired) throw new SetupError(`"${name}" was killed after ${limit} s`);
    if (output.success) return output.stdout;
    throw new SetupError(
      `"${name} ${args.join(" ")}" failed with status ${output.code}: ${lastLine(output.stderr)}`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** As {@linkcode hostCommand}, with the output as text. */
export async function hostText(
  program: string,
  args: readonly string[],
  options: HostCommandOptions = {},
): Promise<string> {
  return new TextDecoder().decode(await hostCommand(program, args, options));
}

async function feed(child: Deno.ChildProcess, bytes: Uint8Array | undefined): Promise<void> {
  if (bytes === undefined) return;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch {
    // A child that stopped reading says why in its status.
  }
}

function lastLine(bytes: Uint8Array): string {
  const lines = new TextDecoder().decode(bytes).split("\n").map((line) => line.trim());
  const said = lines.filter((line) => line !== "" && !line.startsWith("W:"));
  return said.findLast((line) => /^(E:|error|fatal)/i.test(line)) ?? said.at(-1) ?? "no message";
}
