import { socketLibc } from "../ffi/socket_libc.ts";

const F_GETFD = 1;
const FD_CLOEXEC = 1;
/** Above the standard streams. */
const FIRST = 3;

/**
 * Closes what this process inherited beside its standard streams, such as the pipes of a CI job:
 * they would stay open for as long as it lives. Deno's own descriptors are close-on-exec.
 */
export function closeInherited(): void {
  const libc = socketLibc();
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    const fd = Number(name);
    if (fd < FIRST) continue;
    const flags = libc.fcntl(fd, F_GETFD, 0);
    if (flags >= 0 && (flags & FD_CLOEXEC) === 0) libc.close(fd);
  }
  libc.unload();
}
