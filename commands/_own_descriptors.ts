/**
 * Descriptors that come from and go to other programs, with this process's rights.
 *
 * @module
 */
import { Interrupted, KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { errno, errnoName } from "../ffi/errno.ts";
import type { Descriptors, DescriptorSource, DescriptorTarget } from "./command.ts";

/** What stands for the descriptor's number in a program's words. */
const PLACE = "{}";

function noSuchDescriptor(fd: number): UsageError {
  return new UsageError(`--fd ${fd}: there is no such descriptor in this process`, {
    word: `${fd}`,
    hint: `A program that starts boctl leaves it open for it; a shell does with ${fd}<FILE.`,
  });
}

async function ofThisProcess(fd: number): Promise<number> {
  const { copyDescriptor } = await import("../ffi/foreign_descriptor.ts");
  const copy = copyDescriptor(fd);
  if (copy >= 0) return copy;
  throw copy === -errno.EBADF ? noSuchDescriptor(fd) : new KernelRefusal("dup", `fd ${fd}`, copy);
}

async function ofProcess(pid: number, fd: number): Promise<number> {
  const { descriptorOf } = await import("../ffi/foreign_descriptor.ts");
  const copy = descriptorOf(pid, fd);
  switch (copy) {
    case -errno.ESRCH:
      throw new UsageError(`--pid ${pid}: there is no such process`, { word: `${pid}` });
    case -errno.EBADF:
      throw new UsageError(`--fd ${fd}: process ${pid} has no such descriptor`, {
        word: `${fd}`,
        hint: `ls -l /proc/${pid}/fd lists what it has.`,
      });
    case -errno.EPERM:
      throw new KernelRefusal("pidfd_getfd", `process ${pid}`, copy, {
        reason: await whyNotTraced(pid),
        hint: "Have the owner hand it over instead: boctl export DB --socket PATH.",
      });
    case -errno.ENOSYS:
      throw new NotSupported("pidfd_getfd: this kernel has no such call (5.6 brought it)");
  }
  if (copy < 0) throw new KernelRefusal("pidfd_getfd", `process ${pid}`, copy);
  return copy;
}

/** Taking a descriptor needs what a debugger needs: the same user, and Yama's leave. */
async function whyNotTraced(pid: number): Promise<string> {
  const scope = await Deno.readTextFile("/proc/sys/kernel/yama/ptrace_scope").catch(() => "0");
  const owner = await Deno.stat(`/proc/${pid}`).then(({ uid }) => uid, () => null);
  if (owner !== null && owner !== Deno.uid() && Deno.uid() !== 0) {
    return `it belongs to another user (${owner})`;
  }
  return scope.trim() === "0"
    ? "it may not be traced by this user"
    : `Yama lets only a process's ancestors trace it (kernel.yama.ptrace_scope is ${scope.trim()})`;
}

async function ofSocket(path: string, signal: AbortSignal): Promise<number> {
  const { takeOverSocket } = await import("../ffi/descriptor_socket.ts");
  const fd = await takeOverSocket(path, signal);
  switch (fd) {
    case -errno.EINTR:
      throw new Interrupted("interrupted");
    case -errno.ENOENT:
      throw new UsageError(`--socket ${path}: there is no such socket`, { word: path });
    case -errno.ECONNREFUSED:
      throw new UsageError(`--socket ${path}: nobody listens there`, {
        word: path,
        hint: "The other side waits first: boctl export DB --socket PATH.",
      });
    case -errno.ENODATA:
      throw new UsageError(`--socket ${path}: the other side gave no descriptor`, { word: path });
    case -errno.EPROTOTYPE:
      throw new UsageError(`--socket ${path}: it is no stream socket`, { word: path });
  }
  if (fd < 0) {
    throw new UsageError(`--socket ${path}: ${errnoName(fd)}`, { word: path });
  }
  return fd;
}

async function toProgram(fd: number, words: readonly string[]): Promise<number> {
  const { closeDescriptor, inheritedCopy } = await import("../ffi/foreign_descriptor.ts");
  const copy = inheritedCopy(fd);
  if (copy < 0) throw new KernelRefusal("fcntl F_DUPFD", `fd ${fd}`, copy);
  try {
    const [program = "", ...args] = words.map((word) => word.replaceAll(PLACE, `${copy}`));
    const child = new Deno.Command(program, {
      args,
      env: { BOCTL_FD: `${copy}` },
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    const { code } = await child.status;
    return code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      const why = error instanceof Deno.errors.NotFound ? "not found" : "may not be run";
      throw new UsageError(`--exec: ${words[0]}: ${why}`, { word: words[0] ?? "" });
    }
    throw error;
  } finally {
    closeDescriptor(copy);
  }
}

async function toSocket(
  fd: number,
  target: Extract<DescriptorTarget, { to: "socket" }>,
  { signal, notice }: Surroundings,
): Promise<number> {
  const { path, about } = target;
  const { giveOverSocket } = await import("../ffi/descriptor_socket.ts");
  const result = await giveOverSocket(
    path,
    fd,
    about,
    signal,
    () => notice(`waiting at ${path} for somebody who connects`),
  );
  if (result === 0) return 0;
  if (result === -errno.EINTR) throw new Interrupted("interrupted");
  const why = result === -errno.EADDRINUSE
    ? "something of that name is there already"
    : result === -errno.ENAMETOOLONG
    ? "a socket's path has 107 bytes at most"
    : errnoName(result);
  throw new UsageError(`--socket ${path}: ${why}`, { word: path });
}

interface Surroundings {
  readonly signal: AbortSignal;
  readonly notice: (line: string) => void;
}

/** {@linkcode Descriptors} of this process. */
export function ownDescriptors(around: Surroundings): Descriptors {
  return {
    async take(source: DescriptorSource): Promise<number> {
      switch (source.from) {
        case "descriptor":
          return await ofThisProcess(source.fd);
        case "process":
          return await ofProcess(source.pid, source.fd);
        case "socket":
          return await ofSocket(source.path, around.signal);
      }
    },
    async give(fd: number, target: DescriptorTarget): Promise<number> {
      return target.to === "program"
        ? await toProgram(fd, target.words)
        : await toSocket(fd, target, around);
    },
  };
}
