/**
 * The C library's functions, each bound when it is first called: a bound symbol costs about 165 µs,
 * and a command needs few of them. Importing this module loads nothing.
 *
 * The functions are taken from the program's global scope (`Deno.dlopen("")`), by name and never
 * through `syscall()`, so that an `LD_PRELOAD`ed shim, ltrace or a sanitizer sees them too.
 *
 * Results are declared `i32` wherever the value fits: a 64-bit result is a bigint, whose allocation
 * stands between the call and the reading of errno.
 *
 * @module
 */

const symbols = {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  /** ioctl with memory as the argument. */
  ioctl: { parameters: ["i32", "u32", "buffer"], result: "i32" },
  /** ioctl with an integer or a raw address as the argument. */
  ioctlValue: { name: "ioctl", parameters: ["i32", "u32", "u64"], result: "i32" },
  mmap: { parameters: ["u64", "u64", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "u64"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  fstatfs: { parameters: ["i32", "buffer"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  memfdCreate: { name: "memfd_create", parameters: ["buffer", "u32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u64"], result: "i32" },
  /** pread to an address; at most 2 GiB at a time. */
  preadAddress: { name: "pread", parameters: ["i32", "u64", "u64", "i64"], result: "i32" },
  /** pwrite from an address; at most 2 GiB at a time. */
  pwriteAddress: { name: "pwrite", parameters: ["i32", "u64", "u64", "i64"], result: "i32" },
  readlink: { parameters: ["buffer", "buffer", "u64"], result: "i32" },
  opendir: { parameters: ["buffer"], result: "pointer" },
  readdir: { parameters: ["pointer"], result: "pointer" },
  closedir: { parameters: ["pointer"], result: "i32" },
  clockGettime: { name: "clock_gettime", parameters: ["i32", "buffer"], result: "i32" },
  getpagesize: { parameters: [], result: "i32" },
  uname: { parameters: ["buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Where a thread keeps its errno. */
const errnoLocation = {
  name: "__errno_location",
  parameters: [],
  result: "pointer",
} as const satisfies Deno.ForeignFunction;

/** The functions of a table, typed from their declarations. */
export type LibcFunctions<T extends Deno.ForeignLibraryInterface = typeof symbols> = Readonly<
  Deno.DynamicLibrary<T>["symbols"]
>;

/** What comes with the functions of a table. */
export interface LibcState {
  /**
   * This thread's errno at `[0]`. Read it in the very next expression after the call: anything that
   * allocates, and any Deno API, may change it.
   */
  readonly errno: Int32Array<ArrayBuffer>;
  /** Lets go of everything bound so far. Idempotent; a later call binds anew. */
  unload(): void;
}

/** The C library, bound function by function as they are first called. */
export type Libc = LibcFunctions & LibcState;

/** The C library or one of its functions could not be had. The message says what to do. */
export class LibcError extends Error {
  override readonly name = "LibcError";
}

/**
 * What to do about a failed load. Deno's own message misleads here: with less than the whole ffi
 * permission, `dlopen("")` fails with "Empty path is not allowed".
 */
function advice(): string {
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") {
    return "Deno may not use its foreign function interface. Run with --allow-ffi (without a path) " +
      "or -A: calling the C library means full trust. The simulated backend needs neither";
  }
  return "the running program's C library has no such function (glibc 2.28 or later is needed)";
}

/** One function and the library object that it came from, which the caller closes. */
function load<F extends Deno.ForeignFunction>(
  name: string,
  definition: F,
): Deno.DynamicLibrary<{ f: F }> {
  if (Deno.build.os !== "linux") {
    throw new LibcError(
      `Cannot load ${name}() from the C library: live devices need Linux, this is ` +
        `${Deno.build.os}. Use the simulated backend`,
    );
  }
  try {
    return Deno.dlopen("", { f: { ...definition, name } });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new LibcError(
      `Cannot load ${name}() from the C library (tried dlopen of the running program): ` +
        `${advice()}. Deno says: ${reason}`,
      { cause },
    );
  }
}

/**
 * A table of functions of the C library; nothing is loaded before the first call.
 *
 * The functions throw {@linkcode LibcError} when they cannot be loaded: no permission, not Linux, no
 * such symbol.
 */
export function bindLibc<T extends Deno.ForeignLibraryInterface>(
  table: T,
): LibcFunctions<T> & LibcState {
  const loaded: { close(): void }[] = [];
  let errno: Int32Array<ArrayBuffer> | undefined;

  function locateErrno(): Int32Array<ArrayBuffer> {
    if (errno === undefined) {
      const library = load(errnoLocation.name, errnoLocation);
      loaded.push(library);
      const location = library.symbols.f();
      if (location === null) throw new LibcError("__errno_location() gave no address");
      errno = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, 4));
    }
    return errno;
  }

  function bind(key: string, definition: Deno.ForeignFunction): unknown {
    locateErrno(); // now: its loading must not come between a call and the reading of errno
    const library = load(definition.name ?? key, definition);
    loaded.push(library);
    return library.symbols.f;
  }

  const libc = {};
  /** Makes every function a getter that binds it and then gives its place to it. */
  function unbindAll(): void {
    for (const [key, definition] of Object.entries(table)) {
      if (!("parameters" in definition)) throw new TypeError(`${key} is no function`);
      const property = { configurable: true, enumerable: true };
      Object.defineProperty(libc, key, {
        ...property,
        get: () => {
          const value = bind(key, definition);
          Object.defineProperty(libc, key, { ...property, value });
          return value;
        },
      });
    }
  }
  unbindAll();
  Object.defineProperty(libc, "errno", { get: locateErrno });
  Object.defineProperty(libc, "unload", {
    value: () => {
      for (const library of loaded.splice(0)) library.close();
      errno = undefined;
      unbindAll();
    },
  });
  return libc as LibcFunctions<T> & LibcState;
}

/** What the live kernel calls: see {@linkcode bindLibc}. */
export function openLibc(): Libc {
  return bindLibc(symbols);
}

const encoder = new TextEncoder();

/** A NUL-terminated string for a call, or null when the text itself holds a NUL. */
export function cString(text: string): Uint8Array<ArrayBuffer> | null {
  return text.includes("\0") ? null : encoder.encode(text + "\0");
}
