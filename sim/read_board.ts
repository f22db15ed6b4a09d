/**
 * Reading what a board's file says.
 *
 * @module
 */
import { BoardError, type BoardProblem, showValue } from "./board_error.ts";
import { Fields } from "./board_fields.ts";
import {
  ACCESS,
  ARCHES,
  BINDS,
  CMA_MB,
  COHERENCIES,
  COMPATIBLE,
  GID,
  HEAP,
  JOB_MICROSECONDS,
  KERNEL_NAME,
  LINE_SIZES,
  MAPS_IMPORTS,
  MEMORY_MB,
  MODE,
  NAME,
  ONE_IN,
  PAGE_SIZES,
  PARTS,
  RELEASE,
  SEED,
  SYSFS_PATH,
  UDMABUF_MB,
  UEVENT,
} from "./board_limits.ts";
import type { Board, BoardAccess, BoardDevice } from "./board_types.ts";
import { drivers } from "./drivers/_index.ts";
import type { Counterfactual, SimulatedDriver } from "./drivers/driver.ts";
import type { Coherency } from "./memory/cache_model.ts";
import { atLeast, parseRelease, type Release } from "./release.ts";

function readAccess(fields: Fields, kind: keyof typeof ACCESS): BoardAccess {
  const access = fields.object(kind);
  const usual = ACCESS[kind];
  const octal = access.matching("mode", MODE, "four octal digits like 0660", usual.mode);
  const result = {
    mode: parseInt(octal, 8),
    gid: access.integer("gid", { ...GID, usual: usual.gid }),
  };
  access.finish();
  return result;
}

function readEviction(cache: Fields): Board["eviction"] {
  if (!cache.has("eviction") || cache.isNull("eviction")) return null;
  const fields = cache.object("eviction");
  const eviction = {
    seed: fields.integer("seed", SEED),
    oneIn: fields.integer("oneIn", ONE_IN),
  };
  fields.finish();
  return eviction;
}

function readRegisters(
  fields: Fields,
  { registers: known, largest = {} }: Pick<SimulatedDriver, "registers" | "largest">,
): Record<string, bigint> {
  const registers: Record<string, bigint> = {};
  for (const name of known) {
    if (fields.has(name)) registers[name] = fields.register(name, largest[name]);
  }
  fields.finish();
  return registers;
}

/** @param arch undefined where the board does not say a right one: then none need be given */
function readCoherency(fields: Fields, arch: Board["arch"] | undefined): Coherency {
  if (arch === "aarch64") return fields.chosen("coherency", COHERENCIES) ?? "none";
  const coherency = fields.oneOf("coherency", COHERENCIES, "io-coherent");
  if (arch === "x86_64" && coherency === "none") {
    fields.wrong("coherency", "io-coherent or full: x86_64 devices snoop");
  }
  return coherency;
}

function readCounterfactual(
  fields: Fields,
  driver: string,
  known: readonly Counterfactual[],
): Counterfactual | null {
  if (!fields.has("counterfactual") || fields.isNull("counterfactual")) return null;
  if (known.length > 0) return fields.chosen("counterfactual", known) ?? null;
  fields.wrong("counterfactual", `nothing: ${driver} has none`);
  return null;
}

function readDevice(
  fields: Fields,
  release: Release,
  arch: Board["arch"] | undefined,
): BoardDevice | null {
  const driver = fields.chosen("driver", Object.keys(drivers));
  // Nothing else can be judged without one.
  if (driver === undefined) return null;
  const about = drivers[driver];
  const registers = readRegisters(fields.object("registers"), about ?? { registers: [] });
  const usual = about?.sysfs?.(release, registers) ?? {};
  const boundTo = fields.isNull("boundTo") || (usual.boundTo === null && !fields.has("boundTo"))
    ? null
    : fields.text("boundTo", usual.boundTo ?? driver);
  const device: BoardDevice = {
    driver,
    path: fields.matching("path", SYSFS_PATH, "a path below /sys/devices", usual.path),
    bus: fields.matching("bus", NAME, "a bus name", usual.bus ?? "platform"),
    boundTo,
    compatible: fields.texts("compatible", COMPATIBLE, "device-tree names"),
    treeNode: usual.treeNode ?? "own",
    uevent: [...usual.uevent ?? [], ...fields.texts("uevent", UEVENT, "NAME=VALUE lines")],
    above: usual.above ?? null,
    coherency: readCoherency(fields, arch),
    bind: fields.oneOf("bind", BINDS, "at-creation"),
    mapsImports: fields.oneOf(
      "mapsImports",
      MAPS_IMPORTS,
      about?.mapsImports?.(release) ?? "at-import",
    ),
    counterfactual: readCounterfactual(fields, driver, about?.counterfactuals ?? []),
    jobNanoseconds: BigInt(fields.integer("jobMicroseconds", JOB_MICROSECONDS)) * 1000n,
    registers,
  };
  fields.finish();
  return device;
}

/** What a CMA heap is called since 6.17, beside what its area is called (cma_heap.c). */
const DEFAULT_CMA = "default_cma_region";

function readCma(fields: Fields, release: Release): Board["cma"] {
  if (!fields.has("cma") || fields.isNull("cma")) return null;
  const cma = fields.object("cma");
  const name = cma.matching("name", HEAP, "a heap name");
  const bytes = cma.integer("sizeMb", CMA_MB) * (1 << 20);
  cma.finish();
  return { heaps: atLeast(release, 6, 17) ? [DEFAULT_CMA, name] : [name], bytes };
}

interface BoardKernel {
  readonly release: Release;
  readonly without: readonly string[];
  /** Bytes of its pages; null: as many as the board's. */
  readonly pageBytes: number | null;
}

const RELEASE_WANTED = "a release like 7.2.13";

/** A release as text, or an object that also says how the kernel was built. */
function readKernel(
  kernels: Fields,
  name: string,
  arch: Board["arch"] | undefined,
): BoardKernel | null {
  if (!KERNEL_NAME.test(name)) kernels.wrong(name, "a name of letters, digits, . _ -");
  const plain = kernels.plainText(name);
  if (plain !== undefined) {
    const release = parseRelease(plain);
    if (release === null) kernels.wrong(name, RELEASE_WANTED);
    return release === null ? null : { release, without: [], pageBytes: null };
  }
  const fields = kernels.object(name);
  if (!fields.isObject) return null;
  const release = parseRelease(fields.matching("release", RELEASE, RELEASE_WANTED));
  const parts = new RegExp(`^(${PARTS.join("|")})$`);
  const without = fields.texts("without", parts, PARTS.join(" or "));
  const pageBytes = fields.has("pageBytes") ? fields.chosen("pageBytes", PAGE_SIZES) ?? null : null;
  if (arch === "x86_64" && pageBytes !== null && pageBytes !== 4096) {
    fields.wrong("pageBytes", "4096 on x86_64");
  }
  fields.finish();
  return release === null ? null : { release, without, pageBytes };
}

function readKernels(
  fields: Fields,
  arch: Board["arch"] | undefined,
): { readonly known: ReadonlyMap<string, BoardKernel | null>; readonly usual: string } {
  const kernels = fields.object("kernels");
  const names = kernels.keys();
  if (names.length === 0) fields.wrong("kernels", 'at least one, like {"7.2": "7.2.13"}');
  const known = new Map(names.map((name) => [name, readKernel(kernels, name, arch)]));
  const usual = names.length === 0 ? fields.text("kernel") : fields.chosen("kernel", names);
  return { known, usual: usual ?? "" };
}

/** Stands in for a release that cannot be read, so that the rest of a board can be. */
const ANY_RELEASE: Release = { text: "7.2", major: 7, minor: 2 };

/**
 * Checks a board.
 * @param source what to call it in messages
 * @param kernel one of its `kernels`, or null for its default
 * @throws {BoardError} with every field that is wrong
 */
export function readBoard(source: string, json: unknown, kernel: string | null = null): Board {
  const problems: BoardProblem[] = [];
  const fields = new Fields(problems, "", json);
  if (!fields.isObject) throw new BoardError(source, problems);
  // What editors look at, and nobody else.
  if (fields.has("$schema")) fields.text("$schema");
  const name = fields.matching("name", NAME, "letters, digits, . _ -");
  const summary = fields.text("summary");
  const goodFor = fields.has("goodFor") ? fields.text("goodFor") : null;
  const arch = fields.chosen("arch", ARCHES);
  const { known, usual } = readKernels(fields, arch);
  const { release, without, pageBytes: builtFor } = known.get(kernel ?? usual) ??
    { release: ANY_RELEASE, without: [], pageBytes: null };
  const cache = fields.object("cache");
  const access = fields.object("access");
  const udmabuf = fields.has("udmabuf") && !fields.isNull("udmabuf")
    ? fields.object("udmabuf")
    : null;
  // 64 MiB up to 7.2, without limit from 7.3 on.
  const usualLimit = atLeast(release, 7, 3) ? null : 64;
  const pageBytes = fields.oneOf("pageBytes", PAGE_SIZES, 4096);
  if (arch === "x86_64" && pageBytes !== 4096) fields.wrong("pageBytes", "4096 on x86_64");
  const memoryMb = fields.integer("memoryMb", MEMORY_MB);
  const lineBytes = cache.oneOf("lineBytes", LINE_SIZES, 64);
  const eviction = readEviction(cache);
  cache.finish();
  const nodes = {
    primary: readAccess(access, "primary"),
    render: readAccess(access, "render"),
    heap: readAccess(access, "heap"),
    udmabuf: readAccess(access, "udmabuf"),
  };
  access.finish();
  const devices = fields.objects("devices")
    .map((device) => device.isObject ? readDevice(device, release, arch) : null)
    .filter((device) => device !== null);
  const paths = devices.map(({ path }) => path);
  const twice = new Set(paths.filter((path, i) => path !== "" && paths.indexOf(path) !== i));
  for (const path of twice) {
    problems.push({
      field: "devices",
      wanted: "each path once",
      message: `"devices" has the path ${showValue(path)} twice, wanted once`,
    });
  }
  const heaps = fields.texts("heaps", HEAP, "heap names");
  if (new Set(heaps).size < heaps.length) fields.wrong("heaps", "each name once");
  const area = readCma(fields, release);
  const cma = without.includes("heaps") ? null : area;
  const sizeLimitMb = udmabuf === null || !udmabuf.has("sizeLimitMb")
    ? usualLimit
    : udmabuf.isNull("sizeLimitMb")
    ? null
    : udmabuf.integer("sizeLimitMb", UDMABUF_MB);
  udmabuf?.finish();
  fields.finish();
  if (problems.length > 0 || arch === undefined) throw new BoardError(source, problems);
  if (kernel !== null && !known.has(kernel)) {
    const names = [...known.keys()];
    throw new BoardError(
      source,
      `Kernel "${kernel}" is not one of this board's, wanted one of ${names.join(", ")}`,
    );
  }
  return {
    name,
    summary,
    goodFor,
    arch,
    kernels: new Map(
      [...known].flatMap(([name, about]) =>
        about === null
          ? []
          : [[name, { release: about.release, pageBytes: about.pageBytes ?? pageBytes }]]
      ),
    ),
    kernel: kernel ?? usual,
    release,
    pageBytes: builtFor ?? pageBytes,
    memoryMb,
    lineBytes,
    eviction,
    access: nodes,
    devices,
    heaps: without.includes("heaps") ? [] : [...new Set([...heaps, ...cma?.heaps ?? []])],
    cma,
    udmabuf: udmabuf === null || without.includes("udmabuf") ? null : { sizeLimitMb },
  };
}
