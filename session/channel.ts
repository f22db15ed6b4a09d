/**
 * Messages over a socket of whole packets: JSON, bytes and descriptors, in as many packets as they
 * take.
 *
 * @module
 */
import { POLLIN, POLLOUT } from "../ffi/constants.ts";
import { closeDescriptor } from "../ffi/foreign_descriptor.ts";
import { isLater, type Readiness } from "../ffi/readiness.ts";
import type { UnixSocket } from "../ffi/unix_socket.ts";
import { toJson } from "../output/json.ts";

/** One packet: below what a socket takes at once (net.core.wmem_default, 208 KiB). */
const PACKET_BYTES = 64 << 10;
/** More than this, a message is not: a client of the same user can still be broken. */
const MOST_BYTES = 1 << 30;
/** A packet begins with one byte: whether more follow. */
const LAST = 1;
/** And a message with the length of its JSON. */
const HEAD_BYTES = 4;

/** A message as it came. */
export interface Message {
  readonly json: unknown;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fds: readonly number[];
}

/** The other end said what is no message. */
export class BrokenChannel extends Error {
  override readonly name = "BrokenChannel";
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One end of a connection. Takes the socket over. */
export class Channel {
  readonly socket: UnixSocket;
  readonly #readiness: Readiness;
  #sending: Promise<void> = Promise.resolve();
  readonly #closed = new AbortController();

  constructor(socket: UnixSocket, readiness: Readiness) {
    this.socket = socket;
    this.#readiness = readiness;
  }

  /**
   * Sends a message after those before it; resolves when the kernel has it, or the other end has
   * gone. The descriptors may be closed then.
   */
  send(
    json: unknown,
    bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0),
    fds: readonly number[] = [],
  ): Promise<void> {
    const head = new TextEncoder().encode(toJson(json));
    const length = new Uint8Array(HEAD_BYTES);
    new DataView(length.buffer).setUint32(0, head.length, true);
    const whole = joined([length, head, bytes]);
    this.#sending = this.#sending.then(() => this.#sendAll(whole, fds));
    return this.#sending;
  }

  async #sendAll(whole: Uint8Array<ArrayBuffer>, fds: readonly number[]): Promise<void> {
    for (let at = 0; at < whole.length;) {
      const part = whole.subarray(at, at + PACKET_BYTES);
      const last = at + part.length === whole.length;
      const packet = joined([Uint8Array.of(last ? LAST : 0), part]);
      const sent = this.socket.send(packet, at === 0 ? fds : []);
      if (sent >= 0) at += part.length;
      else if (!isLater(sent)) return;
      else {
        const revents = await this.#readiness.wait(this.socket.fd, POLLOUT, this.#closed.signal);
        if (this.#closed.signal.aborted || (revents & POLLOUT) === 0) return;
      }
    }
  }

  /**
   * The next message; null when the other end has closed or `signal` came.
   * @throws {BrokenChannel}
   */
  async receive(signal?: AbortSignal): Promise<Message | null> {
    const parts: Uint8Array[] = [];
    const fds: number[] = [];
    let length = 0;
    const stop = AbortSignal.any([this.#closed.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      for (;;) {
        if (stop.aborted) return null;
        const got = this.socket.receive(PACKET_BYTES + 1);
        if (typeof got === "number") {
          if (!isLater(got)) return null;
          await this.#readiness.wait(this.socket.fd, POLLIN, stop);
          continue;
        }
        fds.push(...got.fds);
        if (got.truncated) throw new BrokenChannel("descriptors were lost: too many are open");
        const [more] = got.bytes;
        if (more === undefined) return null;
        parts.push(got.bytes.subarray(1));
        length += got.bytes.length - 1;
        if (length > MOST_BYTES) throw new BrokenChannel("a message without end");
        if (more === LAST) return decoded(joined(parts), fds.splice(0));
      }
    } finally {
      // Of a message that did not come whole.
      fds.forEach(closeDescriptor);
    }
  }

  /** Idempotent. */
  close(): void {
    this.#closed.abort();
    this.socket.close();
  }
}

function decoded(whole: Uint8Array<ArrayBuffer>, fds: readonly number[]): Message {
  try {
    const length = new DataView(whole.buffer).getUint32(0, true);
    const head = whole.subarray(HEAD_BYTES, HEAD_BYTES + length);
    if (head.length < length) throw new RangeError("too short");
    const json: unknown = JSON.parse(new TextDecoder().decode(head));
    return { json, bytes: whole.slice(HEAD_BYTES + length), fds };
  } catch (cause) {
    fds.forEach(closeDescriptor);
    throw new BrokenChannel("what came is no message", { cause });
  }
}
