/**
 * Waiting for descriptors without holding up the event loop: one poll(2) on a thread of its own for
 * all that is waited for.
 *
 * @module
 */
import { POLLNVAL } from "./constants.ts";
import { errno } from "./errno.ts";
import { type SocketLibc, socketLibc } from "./socket_libc.ts";

const POLLFD_BYTES = 8;
const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;
const POLLIN = 1;
const FOREVER = -1;

interface Waiter {
  readonly fd: number;
  readonly events: number;
  readonly done: (revents: number) => void;
}

/** What waits for descriptors. Whoever makes it closes it. */
export class Readiness {
  readonly #libc: SocketLibc = socketLibc();
  readonly #waiters = new Set<Waiter>();
  readonly #wake: number;
  #polling: Promise<void> | undefined;
  #closed = false;

  /** @throws {Error} where the process may have no more descriptors */
  constructor() {
    this.#wake = this.#libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (this.#wake < 0) throw new Error(`eventfd: errno ${this.#libc.errno[0]}`);
  }

  /**
   * The POLL* bits that came of those asked for, or POLLERR, POLLHUP, POLLNVAL.
   * @param signal ends the wait with 0
   */
  wait(fd: number, events: number, signal?: AbortSignal): Promise<number> {
    if (signal?.aborted === true) return Promise.resolve(0);
    return new Promise((resolve) => {
      const stop = (): void => {
        this.#waiters.delete(waiter);
        this.#interrupt();
        resolve(0);
      };
      const waiter: Waiter = {
        fd,
        events,
        done: (revents) => {
          signal?.removeEventListener("abort", stop);
          resolve(revents);
        },
      };
      signal?.addEventListener("abort", stop, { once: true });
      this.#waiters.add(waiter);
      this.#interrupt();
      this.#polling ??= this.#poll();
    });
  }

  /** Has the thread look again at what is waited for. */
  #interrupt(): void {
    if (!this.#closed) this.#libc.write(this.#wake, new BigUint64Array([1n]), 8n);
  }

  async #poll(): Promise<void> {
    while (this.#waiters.size > 0 && !this.#closed) {
      const waiters = [...this.#waiters];
      const bytes = new Uint8Array(POLLFD_BYTES * (waiters.length + 1));
      const view = new DataView(bytes.buffer);
      [{ fd: this.#wake, events: POLLIN }, ...waiters].forEach(({ fd, events }, i) => {
        view.setInt32(i * POLLFD_BYTES, fd, true);
        view.setInt16(i * POLLFD_BYTES + 4, events, true);
      });
      await this.#libc.pollAside(bytes, BigInt(waiters.length + 1), FOREVER);
      if (view.getUint16(6, true) !== 0) {
        this.#libc.read(this.#wake, new BigUint64Array(1), 8n);
      }
      waiters.forEach((waiter, i) => {
        const revents = view.getUint16((i + 1) * POLLFD_BYTES + 6, true);
        // Whoever stopped waiting meanwhile is not told.
        if (revents !== 0 && this.#waiters.delete(waiter)) waiter.done(revents);
      });
    }
    this.#polling = undefined;
  }

  /** Ends every wait with POLLNVAL; resolves when the thread is back. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#interrupt();
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.done(POLLNVAL);
    this.#waiters.clear();
    await this.#polling;
    this.#libc.close(this.#wake);
    this.#libc.unload();
  }
}

/** Whether a call's -errno says only: not now. */
export function isLater(result: number): boolean {
  return result === -errno.EAGAIN || result === -errno.EINTR;
}
