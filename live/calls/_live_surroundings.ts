/**
 * What happens around a real kernel: signals, and drivers that are unbound.
 *
 * @module
 */
import type { Surroundings } from "./_bench.ts";

const SIGALRM = 14;
const CLOCK_MONOTONIC = 1;
const SIGEV_THREAD_ID = 4;
/** At least struct sigaction, sigevent and itimerspec. */
const SIGACTION_BYTES = 152;
const SIGEVENT_BYTES = 64;
const ITIMERSPEC_BYTES = 32;

const symbols = {
  gettid: { parameters: [], result: "i32" },
  sigaction: { parameters: ["i32", "buffer", "pointer"], result: "i32" },
  timer_create: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  timer_settime: { parameters: ["pointer", "i32", "buffer", "pointer"], result: "i32" },
  timer_delete: { parameters: ["pointer"], result: "i32" },
  /** Its address alone: a handler that does nothing and that a signal may call. */
  getpid: { type: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** @throws {Error} unless a libc function said 0 */
function hold(result: number, what: string): void {
  if (result !== 0) throw new Error(`${what} failed`);
}

/**
 * A timer whose signal comes to this thread, and has a handler without SA_RESTART: Deno's own
 * handlers have the kernel start the call anew, so that nobody would see the EINTR.
 */
export class AlarmClock implements Disposable {
  readonly #libc = Deno.dlopen("libc.so.6", symbols);
  readonly #timer: Deno.PointerValue;

  constructor() {
    const libc = this.#libc.symbols;
    const action = new DataView(new ArrayBuffer(SIGACTION_BYTES));
    action.setBigUint64(0, BigInt(Deno.UnsafePointer.value(libc.getpid)), true);
    hold(libc.sigaction(SIGALRM, new Uint8Array(action.buffer), null), "sigaction()");
    const event = new DataView(new ArrayBuffer(SIGEVENT_BYTES));
    event.setInt32(8, SIGALRM, true);
    event.setInt32(12, SIGEV_THREAD_ID, true);
    event.setInt32(16, libc.gettid(), true);
    const made = new BigUint64Array(1);
    hold(libc.timer_create(CLOCK_MONOTONIC, new Uint8Array(event.buffer), made), "timer_create()");
    this.#timer = Deno.UnsafePointer.create(made[0] ?? 0n);
  }

  /** Signals after `ms` milliseconds, once or again and again; 0 stops it. */
  set(ms: number, again = false): void {
    const view = new DataView(new ArrayBuffer(ITIMERSPEC_BYTES));
    const [seconds, ns] = [BigInt(Math.trunc(ms / 1000)), BigInt(ms % 1000) * 1_000_000n];
    if (again) [seconds, ns].forEach((value, i) => view.setBigInt64(i * 8, value, true));
    [seconds, ns].forEach((value, i) => view.setBigInt64(16 + i * 8, value, true));
    const libc = this.#libc.symbols;
    hold(libc.timer_settime(this.#timer, 0, new Uint8Array(view.buffer), null), "timer_settime()");
  }

  [Symbol.dispose](): void {
    this.#libc.symbols.timer_delete(this.#timer);
    this.#libc.close();
  }
}

/** {@linkcode Surroundings} of the guest that this process runs in. */
export class LiveSurroundings implements Surroundings, Disposable {
  #alarm: AlarmClock | undefined;
  readonly #unbound: (readonly [folder: string, device: string])[] = [];

  signalIn(ms: number): void {
    this.#alarm ??= new AlarmClock();
    this.#alarm.set(ms);
  }

  unplug(driver: string, device: string): void {
    const folder = `/sys/bus/platform/drivers/${driver}`;
    Deno.writeTextFileSync(`${folder}/unbind`, device);
    this.#unbound.push([folder, device]);
  }

  [Symbol.dispose](): void {
    this.#alarm?.[Symbol.dispose]();
    for (const [folder, device] of this.#unbound) Deno.writeTextFileSync(`${folder}/bind`, device);
  }
}
