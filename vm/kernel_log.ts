const TROUBLE =
  /\b(?:Oops\b|BUG:|WARNING:|Kernel panic|Internal error:|Unable to handle kernel|general protection fault|KASAN:|UBSAN:|refcount_t:|Out of memory:)/;

/**
 * Finds the lines of a kernel log that tell of an oops, a failed assertion, a panic, or a process
 * that was killed for want of memory.
 *
 * @param log text of the serial console or of dmesg; CRLF is taken as well.
 */
export function troubleIn(log: string): string[] {
  return log.split(/\r?\n/).filter((line) => TROUBLE.test(line));
}
