import { SetupError } from "./errors.ts";

/** How a QEMU process ended. */
export interface QemuEnd {
  readonly reason: "exit" | "timeout" | "interrupted";
  /** Exit status. */
  readonly code: number;
  /** The last line that QEMU itself said. */
  readonly complaint: string;
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs QEMU to its end; kills it at the time limit, when this process is told to stop, and when
 * `signal` fires, so that none outlives its caller.
 *
 * @throws {SetupError} where the program cannot be started.
 */
export async function runQemu(
  program: string,
  args: readonly string[],
  limitSeconds: number,
  signal: AbortSignal | undefined,
): Promise<QemuEnd> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw new SetupError(`Cannot start ${program}: run "deno task setup:live"`, { cause });
  }
  let reason: QemuEnd["reason"] = "exit";
  const kill = (why: QemuEnd["reason"]): void => {
    reason = why;
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself meanwhile.
    }
  };
  const interrupt = (): void => kill("interrupted");
  const timer = setTimeout(() => kill("timeout"), limitSeconds * 1000);
  for (const name of STOP_SIGNALS) Deno.addSignalListener(name, interrupt);
  signal?.addEventListener("abort", interrupt);
  if (signal?.aborted) interrupt();
  try {
    const [status, complaint] = await Promise.all([
      child.status,
      new Response(child.stderr).text(),
    ]);
    const last = complaint.trim().split("\n").at(-1) ?? "";
    // Ctrl-C reaches QEMU directly, and it may end before this process has heard of it.
    if (reason === "exit" && /terminating on signal/.test(last)) reason = "interrupted";
    return { reason, code: status.code, complaint: last };
  } finally {
    clearTimeout(timer);
    for (const name of STOP_SIGNALS) Deno.removeSignalListener(name, interrupt);
    signal?.removeEventListener("abort", interrupt);
  }
}
