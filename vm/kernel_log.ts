import type { Complaint } from "./machine.ts";

const TROUBLE =
  /\b(?:Oops\b|BUG:|WARNING:|Kernel panic|Internal error:|Unable to handle kernel|general protection fault|KASAN:|UBSAN:|refcount_t:|Out of memory:)/;

/**
 * Finds the lines of a kernel log that tell of an oops, a failed assertion, a panic, or a process
 * that was killed for want of memory.
 *
 * @param log text of the serial console or of dmesg; CRLF is taken as well.
 * @param expected what the machine's devices complain about whenever they are brought up; each
 * excuses one line, so that a second of its kind is trouble.
 */
export function troubleIn(log: string, expected: readonly Complaint[] = []): string[] {
  const left = new Set(expected);
  return log.split(/\r?\n/).filter((line) => {
    if (!TROUBLE.test(line)) return false;
    for (const complaint of left) {
      if (complaint.line.test(line)) return !left.delete(complaint);
    }
    return true;
  });
}
