import { UsageError } from "./errors.ts";
import { type GuestOptions, runInGuest } from "./guest.ts";
import { runMain } from "./main.ts";
import { machineNamed, MACHINES } from "./machines/mod.ts";
import type { Machine } from "./machine.ts";
import { note, passErr, passOut, say } from "./output.ts";

export { type GuestOptions, type GuestResult, runInGuest } from "./guest.ts";
export { GuestError, SetupError } from "./errors.ts";
export { machineNamed, MACHINES } from "./machines/mod.ts";
export type { Machine } from "./machine.ts";

const HELP = `Boots a machine, runs one command in it as root, and ends with its status.

Usage: deno run -A vm/run.ts MACHINE [options] [--] COMMAND...

Options:
  --share DIR             let the guest write to DIR, which it sees as /share
  --timeout SECONDS       kill the guest after this long (default 120)
  --env NAME=VALUE        set a variable for the command
  --allow-kernel-trouble  an oops or a warning of the kernel is no failure
  --console               show the kernel's log at the end
  --time                  tell the seconds from start to end

The command runs in the checkout, which is read-only; /tmp, /share and $HOME can be written.
"as-user user COMMAND..." runs a command as uid 1000, "as-user nobody COMMAND..." as 65534.

Exit status: the command's; 124 time limit, 125 the guest died or its kernel complained,
2 wrong usage, 4 not set up, 130 interrupted.

Machines: ${MACHINES.map((machine) => machine.name).join(", ")}`;

interface RunArguments {
  readonly machine: Machine;
  readonly options: GuestOptions;
  readonly showConsole: boolean;
  readonly showTime: boolean;
}

/**
 * Reads the command line of this program.
 *
 * @throws {UsageError} where it is wrong.
 */
export function parseRunArguments(args: readonly string[]): RunArguments {
  const rest = [...args];
  let machine: Machine | undefined;
  let share: string | undefined;
  let timeoutSeconds: number | undefined;
  const env: Record<string, string> = {};
  const flags = new Set<string>();
  const value = (name: string): string => {
    const next = rest.shift();
    if (next === undefined) throw new UsageError(`${name} needs a value`);
    return next;
  };
  while (rest.length > 0) {
    const word = rest[0] ?? "";
    if (!word.startsWith("-")) {
      if (machine !== undefined) break;
      machine = machineNamed(value("MACHINE"));
      continue;
    }
    rest.shift();
    if (word === "--") break;
    if (word === "--share") share = value(word);
    else if (word === "--timeout") timeoutSeconds = positiveNumber(word, value(word));
    else if (word === "--env") assign(env, value(word));
    else if (FLAGS.has(word)) flags.add(word);
    else throw new UsageError(`There is no option "${word}"`);
  }
  if (machine === undefined) throw new UsageError("No machine is named");
  if (rest.length === 0) throw new UsageError("No command is given");
  return {
    machine,
    options: {
      command: rest,
      env,
      allowKernelTrouble: flags.has("--allow-kernel-trouble"),
      ...(share === undefined ? {} : { share: Deno.realPathSync(share) }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    },
    showConsole: flags.has("--console"),
    showTime: flags.has("--time"),
  };
}

const FLAGS = new Set(["--allow-kernel-trouble", "--console", "--time"]);

function positiveNumber(name: string, text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new UsageError(`${name} needs a positive number, not "${text}"`);
}

function assign(env: Record<string, string>, text: string): void {
  const [name, ...rest] = text.split("=");
  if (!/^[A-Za-z_]\w*$/.test(name ?? "") || rest.length === 0) {
    throw new UsageError(`--env needs NAME=VALUE, not "${text}"`);
  }
  env[name ?? ""] = rest.join("=");
}

async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args[0] === "--help" || args[0] === "-h") {
    say(HELP);
    return args.length === 0 ? 2 : 0;
  }
  const { machine, options, showConsole, showTime } = parseRunArguments(args);
  const result = await runInGuest(machine, { ...options, onStdout: passOut, onStderr: passErr });
  if (showConsole) note(result.console);
  if (showTime) note(`${machine.name}: ${result.seconds.toFixed(1)} s`);
  return result.status;
}

if (import.meta.main) await runMain(main);
