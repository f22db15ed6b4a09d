/**
 * One descriptor over one connection of a socket in the file system: what `export --socket` gives
 * and `import --socket` takes. A stream, with a line of text beside the descriptor.
 *
 * @module
 */
import { POLLIN } from "./constants.ts";
import { errno } from "./errno.ts";
import { isLater, Readiness } from "./readiness.ts";
import { type SocketLibc, socketLibc } from "./socket_libc.ts";
import { UnixSocket } from "./unix_socket.ts";

/** What a line beside a descriptor has at most, in bytes. */
const LINE_BYTES = 4096;

async function withSocket<T>(
  action: (libc: SocketLibc, readiness: Readiness) => Promise<T>,
): Promise<T> {
  const libc = socketLibc();
  const readiness = new Readiness();
  try {
    return await action(libc, readiness);
  } finally {
    await readiness.close();
    libc.unload();
  }
}

/**
 * Listens at a path, which must be free, until somebody connects, and hands the descriptor over.
 * The path is gone afterwards.
 * @returns 0; -EADDRINUSE, -ENAMETOOLONG, …; -EINTR when the signal came
 */
export async function giveOverSocket(
  path: string,
  fd: number,
  about: string,
  signal: AbortSignal,
  listening: () => void,
): Promise<number> {
  return await withSocket(async (libc, readiness) => {
    const listener = UnixSocket.listen(libc, path, "stream", 1);
    if (typeof listener === "number") return listener;
    try {
      listening();
      for (;;) {
        await readiness.wait(listener.fd, POLLIN, signal);
        if (signal.aborted) return -errno.EINTR;
        const taker = listener.accept();
        if (typeof taker === "number") {
          if (isLater(taker)) continue;
          return taker;
        }
        using connection = taker;
        const sent = connection.send(new TextEncoder().encode(`${about}\n`), [fd]);
        // Who connects and goes before it has anything was not the one.
        if (sent >= 0) return 0;
      }
    } finally {
      listener.close();
      await Deno.remove(path).catch(() => {});
    }
  });
}

/**
 * Connects to a path and takes the descriptor that comes.
 * @returns the descriptor; -ENOENT, -ECONNREFUSED, -EACCES, …; -EINTR when the signal came; -ENODATA
 * where the other end closed without giving one
 */
export async function takeOverSocket(path: string, signal: AbortSignal): Promise<number> {
  return await withSocket(async (libc, readiness) => {
    const made = UnixSocket.connect(libc, path, "stream");
    if (typeof made === "number") return made;
    using connection = made;
    for (;;) {
      await readiness.wait(connection.fd, POLLIN, signal);
      if (signal.aborted) return -errno.EINTR;
      const got = connection.receive(LINE_BYTES);
      if (typeof got === "number") {
        if (isLater(got)) continue;
        return got;
      }
      const [fd, ...others] = got.fds;
      for (const other of others) libc.close(other);
      if (fd !== undefined) return fd;
      if (got.bytes.length === 0) return -errno.ENODATA;
    }
  });
}
