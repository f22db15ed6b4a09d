/**
 * Sockets of the AF_UNIX family that carry descriptors (SCM_RIGHTS), made by hand: a socket that
 * Deno reads itself loses what comes beside the bytes.
 *
 * Calls give what they return, or `-errno`; descriptors are close-on-exec.
 *
 * @module
 */
import { errno } from "./errno.ts";
import type { SocketLibc } from "./socket_libc.ts";

// linux/include/linux/socket.h, uapi/asm-generic/socket.h, linux/include/linux/net.h.
const AF_UNIX = 1;
const SOCK = { stream: 1, seqpacket: 5 } as const;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const SO_PEERCRED = 17;
const MSG_NOSIGNAL = 0x4000;
const MSG_DONTWAIT = 0x40;
const MSG_CTRUNC = 8;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
/** sizeof sun_path; a name needs a NUL behind it. */
const PATH_BYTES = 108;
const MSGHDR_BYTES = 56;
const IOVEC_BYTES = 16;
const CMSGHDR_BYTES = 16;
/** SCM_MAX_FD: the kernel passes no more with one message. */
const MOST_FDS = 253;
/** Nobody but the owner: what a socket's file is made with. */
const PRIVATE = 0o177;

/** `stream`: bytes; `seqpacket`: messages, each received whole. */
export type SocketKind = keyof typeof SOCK;

/** Who is at the other end, as the kernel saw it when the connection was made. */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
}

/** What one receive gave. No bytes and no descriptors: the other end has closed. */
export interface Received {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Descriptors of this process now; the caller closes them. */
  readonly fds: readonly number[];
  /** Descriptors were lost: this process may have no more. */
  readonly truncated: boolean;
}

/** A socket address, or null for a path that is too long for one (107 bytes) or has a NUL. */
function addressOf(path: string): Uint8Array<ArrayBuffer> | null {
  const name = new TextEncoder().encode(path);
  if (name.length >= PATH_BYTES || name.includes(0)) return null;
  const address = new Uint8Array(2 + PATH_BYTES);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return address;
}

function pointerTo(bytes: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}

/** struct msghdr over one piece of memory and room for descriptors. */
function messageHeader(
  bytes: Uint8Array<ArrayBuffer>,
  control: Uint8Array<ArrayBuffer>,
): { header: Uint8Array<ArrayBuffer>; iov: Uint8Array<ArrayBuffer> } {
  const iov = new Uint8Array(IOVEC_BYTES);
  const iovView = new DataView(iov.buffer);
  iovView.setBigUint64(0, pointerTo(bytes), true);
  iovView.setBigUint64(8, BigInt(bytes.length), true);
  const header = new Uint8Array(MSGHDR_BYTES);
  const view = new DataView(header.buffer);
  view.setBigUint64(16, pointerTo(iov), true);
  view.setBigUint64(24, 1n, true);
  if (control.length > 0) {
    view.setBigUint64(32, pointerTo(control), true);
    view.setBigUint64(40, BigInt(control.length), true);
  }
  return { header, iov };
}

/** One end of a connection, or a listening socket. Whoever makes it closes it. */
export class UnixSocket implements Disposable {
  readonly #libc: SocketLibc;
  readonly fd: number;
  #open = true;

  private constructor(libc: SocketLibc, fd: number) {
    this.#libc = libc;
    this.fd = fd;
  }

  /** Takes over a descriptor that is a socket. */
  static of(libc: SocketLibc, fd: number): UnixSocket {
    return new UnixSocket(libc, fd);
  }

  static #make(libc: SocketLibc, kind: SocketKind, flags: number): number {
    const fd = libc.socket(AF_UNIX, SOCK[kind] | SOCK_CLOEXEC | flags, 0);
    return fd < 0 ? -(libc.errno[0] ?? errno.EIO) : fd;
  }

  /** A listening socket whose file only its owner may use; -ENAMETOOLONG, -EADDRINUSE, … */
  static listen(
    libc: SocketLibc,
    path: string,
    kind: SocketKind,
    backlog = 64,
  ): UnixSocket | number {
    const address = addressOf(path);
    if (address === null) return -errno.ENAMETOOLONG;
    const fd = UnixSocket.#make(libc, kind, SOCK_NONBLOCK);
    if (fd < 0) return fd;
    // The file gets its mode from bind(): a chmod afterwards would leave a moment for others.
    const before = libc.umask(PRIVATE);
    const bound = libc.bind(fd, address, address.length);
    const why = libc.errno[0] ?? errno.EIO;
    libc.umask(before);
    const failed = bound < 0 ? why : libc.listen(fd, backlog) < 0 ? libc.errno[0] ?? errno.EIO : 0;
    if (failed === 0) return new UnixSocket(libc, fd);
    libc.close(fd);
    return -failed;
  }

  /** A connection; -ECONNREFUSED where nobody listens any more, -ENOENT, -EACCES, … */
  static connect(libc: SocketLibc, path: string, kind: SocketKind): UnixSocket | number {
    const address = addressOf(path);
    if (address === null) return -errno.ENAMETOOLONG;
    const fd = UnixSocket.#make(libc, kind, 0);
    if (fd < 0) return fd;
    const result = libc.connect(fd, address, address.length);
    const why = libc.errno[0] ?? errno.EIO;
    if (result === 0) return new UnixSocket(libc, fd);
    libc.close(fd);
    return -why;
  }

  /** The next connection, or -EAGAIN where none waits. */
  accept(): UnixSocket | number {
    const fd = this.#libc.accept4(this.fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return fd < 0 ? -(this.#libc.errno[0] ?? errno.EIO) : new UnixSocket(this.#libc, fd);
  }

  /** Who connected, or who listens: SO_PEERCRED. */
  peer(): Peer | number {
    const credentials = new Int32Array(3);
    const length = new Uint32Array([credentials.byteLength]);
    const result = this.#libc.getsockopt(this.fd, SOL_SOCKET, SO_PEERCRED, credentials, length);
    if (result < 0) return -(this.#libc.errno[0] ?? errno.EIO);
    return { pid: credentials[0] ?? 0, uid: credentials[1] ?? -1 };
  }

  /**
   * Sends bytes (at least one) and descriptors, which stay the caller's too. Never blocks, never
   * signals.
   * @returns bytes sent, or -EAGAIN, -EPIPE, -EMSGSIZE, …
   */
  send(bytes: Uint8Array<ArrayBuffer>, fds: readonly number[] = []): number {
    const control = new Uint8Array(fds.length === 0 ? 0 : CMSGHDR_BYTES + align8(fds.length * 4));
    if (fds.length > 0) {
      const view = new DataView(control.buffer);
      view.setBigUint64(0, BigInt(CMSGHDR_BYTES + fds.length * 4), true);
      view.setInt32(8, SOL_SOCKET, true);
      view.setInt32(12, SCM_RIGHTS, true);
      fds.forEach((fd, i) => view.setInt32(CMSGHDR_BYTES + i * 4, fd, true));
    }
    const { header, iov } = messageHeader(bytes, control);
    const sent = this.#libc.sendmsg(this.fd, header, MSG_NOSIGNAL | MSG_DONTWAIT);
    const result = sent < 0 ? -(this.#libc.errno[0] ?? errno.EIO) : sent;
    // The kernel had their addresses: they must live until here.
    void [bytes, control, iov];
    return result;
  }

  /**
   * Receives at most `limit` bytes, and the descriptors that came with them. Never blocks.
   * @returns -EAGAIN where nothing is there, -ECONNRESET, …
   */
  receive(limit: number): Received | number {
    const bytes = new Uint8Array(limit);
    const control = new Uint8Array(CMSGHDR_BYTES + align8(MOST_FDS * 4));
    const { header, iov } = messageHeader(bytes, control);
    const got = this.#libc.recvmsg(this.fd, header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0) return -(this.#libc.errno[0] ?? errno.EIO);
    void iov;
    const view = new DataView(header.buffer);
    const controlLength = Number(view.getBigUint64(40, true));
    return {
      bytes: bytes.subarray(0, got),
      fds: descriptorsIn(control.subarray(0, controlLength)),
      truncated: (view.getInt32(48, true) & MSG_CTRUNC) !== 0,
    };
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#libc.close(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function align8(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** The descriptors of every SCM_RIGHTS message. */
function descriptorsIn(control: Uint8Array<ArrayBuffer>): number[] {
  const view = new DataView(control.buffer, control.byteOffset, control.length);
  const fds: number[] = [];
  for (let at = 0; at + CMSGHDR_BYTES <= control.length;) {
    const length = Number(view.getBigUint64(at, true));
    if (length < CMSGHDR_BYTES || at + length > control.length) break;
    const rights = view.getInt32(at + 8, true) === SOL_SOCKET &&
      view.getInt32(at + 12, true) === SCM_RIGHTS;
    for (let i = at + CMSGHDR_BYTES; rights && i + 4 <= at + length; i += 4) {
      fds.push(view.getInt32(i, true));
    }
    at += align8(length);
  }
  return fds;
}
