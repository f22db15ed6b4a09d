import { NoDevice } from "../errors.ts";
import { errno, errnoName } from "../ffi/errno.ts";
import { cString } from "../ffi/libc.ts";
import type { SocketLibc } from "../ffi/socket_libc.ts";
import type { Place } from "./paths.ts";

const O_RDWR = 2;
const O_CREAT = 0o100;
const O_CLOEXEC = 0o2000000;
const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes a session's lock for this process; the kernel gives it back however the process ends.
 * @returns undefined where another process has it: that session lives, or begins
 * @throws {NoDevice} where its file cannot be made
 */
export function lockPlace(libc: SocketLibc, { lock }: Place): Disposable | undefined {
  const path = cString(lock);
  if (path === null) throw new NoDevice(`session: "${lock}" is no path`);
  const fd = libc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600);
  if (fd < 0) throw new NoDevice(`session: ${lock}: ${errnoName(libc.errno[0] ?? errno.EIO)}`);
  if (libc.flock(fd, LOCK_EX | LOCK_NB) < 0) {
    libc.close(fd);
    return undefined;
  }
  return { [Symbol.dispose]: () => void libc.close(fd) };
}
