// Kernels that do not do as they promise: each promise that a probe holds a kernel to can be broken.
import { assertEquals } from "@std/assert";
import { PROT_WRITE } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { dmaBuf } from "../ffi/uapi/dma_buf.ts";
import { drm } from "../ffi/uapi/drm.ts";
import { panthor } from "../ffi/uapi/panthor.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { probesWith } from "./_probe_table.ts";
import { probeBoard, type ProbeTrial } from "./_probe_kit.ts";
import { probes } from "./probes/_index.ts";

type Call = Parameters<WrappedKernel["ioctl"]>;
/** What an ioctl answers instead; undefined leaves it to the honest kernel. */
type Lie = (code: number, bytes: Uint8Array, inner: Kernel) => number | undefined;

class Liar extends WrappedKernel {
  readonly #lie: Lie;

  constructor(inner: Kernel, lie: Lie) {
    super(inner);
    this.#lie = lie;
  }

  override ioctl(...call: Call): number {
    const [, code, argument] = call;
    const bytes = typeof argument === "bigint" ? new Uint8Array() : argument.bytes;
    return this.#lie(code, bytes, this.inner) ?? super.ioctl(...call);
  }
}

const ioctls = (lie: Lie) => (kernel: Kernel): Kernel => new Liar(kernel, lie);
const { BO_CREATE, BO_SYNC } = panthor.ioctls;
const { SYNC } = dmaBuf.ioctls;
const FLAGS_AT = 8;
const VM_AT = 12;

/** Every BO_SYNC is done. */
const syncsAll = ioctls((code) => code === BO_SYNC.code ? 0 : undefined);
/** No BO_SYNC is. */
const syncsNothing = ioctls((code) => code === BO_SYNC.code ? -errno.EINVAL : undefined);

/** Exports are for writing from the second one on. */
class LateWriter extends WrappedKernel {
  #asked = 0;
  override fcntl(...args: Parameters<WrappedKernel["fcntl"]>): number {
    const flags = super.fcntl(...args);
    return ++this.#asked > 1 ? flags | 2 : flags;
  }
}

/** Maps for writing what is not to be written. */
class MapsAll extends WrappedKernel {
  override mmap(...args: Parameters<WrappedKernel["mmap"]>): ReturnType<WrappedKernel["mmap"]> {
    const [length, prot, ...rest] = args;
    return super.mmap(length, prot & ~PROT_WRITE, ...rest);
  }
}

/** Another exporter's name. */
class Renamed extends WrappedKernel {
  override readText(path: string): string | number {
    const text = super.readText(path);
    return typeof text === "string" ? text.replace(/^exp_name:.*$/m, "exp_name:\tsomebody") : text;
  }
}

interface Row extends ProbeTrial {
  readonly probe: string;
  readonly board?: string;
}

const udmabuf = { kind: "udmabuf", name: "udmabuf" } as const;

const rows: readonly Row[] = [
  { probe: "begin-moves-nothing", board: "begin-migrates" },
  { probe: "sync-range-exact", board: "range-is-a-hint" },
  {
    probe: "bracket-flags",
    wrap: ioctls((code, bytes) => code === SYNC.code && (bytes[0] ?? 0) > 7 ? 0 : undefined),
  },
  {
    probe: "cached-buffer",
    wrap: ioctls((code, bytes) =>
      code === BO_CREATE.code && (bytes[FLAGS_AT] ?? 0) === 2 ? -errno.EINVAL : undefined
    ),
  },
  {
    probe: "cached-buffer",
    board: "panthor@6.12",
    wrap: ioctls((code, bytes) => {
      if (code === BO_CREATE.code) bytes[FLAGS_AT] = 0;
      return undefined;
    }),
  },
  {
    probe: "contradictory-flags",
    wrap: ioctls((code, bytes) => {
      if (code === BO_CREATE.code && bytes[FLAGS_AT] === 3) bytes[FLAGS_AT] = 1;
      return undefined;
    }),
  },
  {
    probe: "contradictory-flags",
    wrap: ioctls((code, bytes) =>
      code === BO_CREATE.code && bytes[FLAGS_AT] === 3 ? -errno.EPERM : undefined
    ),
  },
  {
    probe: "private-export",
    wrap: ioctls((code, bytes) => {
      if (code === BO_CREATE.code) bytes[VM_AT] = 0;
      return undefined;
    }),
  },
  {
    probe: "private-export",
    wrap: ioctls((code) => code === drm.ioctls.PRIME_HANDLE_TO_FD.code ? -errno.EPERM : undefined),
  },
  {
    probe: "end-before-begin",
    subject: udmabuf,
    wrap: ioctls((code) => code === SYNC.code ? 0 : undefined),
  },
  { probe: "exporter-hooks", wrap: (kernel) => new Renamed(kernel) },
  { probe: "late-rdwr", wrap: (kernel) => new LateWriter(kernel) },
  { probe: "writable-map-of-read-only-export", wrap: (kernel) => new MapsAll(kernel) },
  {
    probe: "same-handle",
    wrap: ioctls((code) => code === drm.ioctls.GEM_CLOSE.code ? 0 : undefined),
  },
  {
    probe: "sync-does-not-wait",
    wrap: ioctls((code, _bytes, inner) => {
      // Until vgem's fence expires.
      if (code === BO_SYNC.code) inner.poll([], 11_000);
      return undefined;
    }),
  },
  { probe: "sync-of-import", wrap: syncsAll },
  { probe: "sync-out-of-range", wrap: syncsAll },
  { probe: "sync-of-too-many", wrap: syncsAll },
  { probe: "sync-of-write-combined", wrap: syncsNothing },
  { probe: "sync-when-coherent", board: "panthor-coherent", wrap: syncsNothing },
  {
    probe: "overlapping-brackets",
    profile: "threads",
    wrap: (kernel) => {
      let begun = 0;
      return new Liar(kernel, (code, bytes) => {
        if (code !== SYNC.code || (bytes[0] ?? 0) > 3) return undefined;
        return ++begun > 1 ? -errno.EBUSY : undefined;
      });
    },
  },
  { probe: "cached-export", profile: "threads" },
  { probe: "cached-not-private", profile: "threads" },
  { probe: "import-mapped-through-node", profile: "threads" },
];

for (const [i, { probe, board = "panthor", ...trial }] of rows.entries()) {
  Deno.test(`${probe} is a finding where the kernel does otherwise (${i + 1}, sim:${board})`, async () => {
    const outcomes = await probeBoard(board, { ...trial, select: [probe] });
    assertEquals(probesWith(outcomes, "finding"), [probe], JSON.stringify(outcomes));
  });
}

Deno.test("every probe that asks for something can be a finding", async () => {
  const asking = await Promise.all(
    Object.entries(probes).map(async ([id, load]) => {
      const { kernel, threads } = await load();
      return kernel === undefined && threads === undefined ? [] : [id];
    }),
  );
  const broken = new Set(rows.map(({ probe }) => probe));
  assertEquals(asking.flat().filter((id) => !broken.has(id)), []);
});
