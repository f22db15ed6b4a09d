/**
 * Boards: what a simulated machine is made of. A board is a JSON file, of this project
 * (`fixtures/boards/`) or the user's own.
 *
 * @module
 */
import { drivers } from "./drivers/_index.ts";
import type { Counterfactual } from "./drivers/driver.ts";
import type { Coherency } from "./memory/cache_model.ts";
import { atLeast, parseRelease, type Release } from "./release.ts";

/** A board that cannot be had: the message names the field, its value and what is wanted. */
export class BoardError extends Error {
  /** The class's name, for messages. */
  override readonly name = "BoardError";
}

/** One DRM device of a board. */
export interface BoardDevice {
  /** A simulated driver's name. */
  readonly driver: string;
  /** Below /sys/devices, e.g. `platform/fb000000.gpu`. */
  readonly path: string;
  /** The sysfs bus, e.g. `platform`. */
  readonly bus: string;
  /** The driver that `device/driver` links to; null: no link. */
  readonly boundTo: string | null;
  /** Device-tree compatible strings, most special first. */
  readonly compatible: readonly string[];
  /** Further lines of the device's uevent. */
  readonly uevent: readonly string[];
  /** How far it and the CPU's caches see each other. */
  readonly coherency: Coherency;
  /**
   * When buffers get the device's own mapping: as they are made, as programs bind them before
   * use, or on demand, when a call needs it; making it cleans the whole buffer.
   */
  readonly bind: "at-creation" | "on-demand";
  /**
   * When dma-bufs of other devices are mapped for it: once, as they are imported, as nearly all
   * drivers do; or around every job, as they should "in theory" (Steven Price, mesa-dev, 3 Jul
   * 2019), which lets an exporter know when the memory is in use.
   */
  readonly mapsImports: "at-import" | "per-job";
  /** Something that no driver does: what the threads warned of. */
  readonly counterfactual: Counterfactual | null;
  /** How long a submitted job keeps its buffers busy, in nanoseconds. */
  readonly jobNanoseconds: bigint;
  /** What the driver reads from the hardware, where it is not the driver's default. */
  readonly registers: Readonly<Record<string, bigint>>;
}

/** Who may open a kind of node: permission bits and group. */
export interface BoardAccess {
  /** The nine permission bits. */
  readonly mode: number;
  /** The group's number; the owner is root. */
  readonly gid: number;
}

/** A board at one kernel release. */
export interface Board {
  /** As reports name it: `sim:NAME`. */
  readonly name: string;
  /** One line on what it is like. */
  readonly summary: string;
  /** The processor: on x86_64 every device is coherent. */
  readonly arch: "x86_64" | "aarch64";
  /** The kernel's release, which drivers follow. */
  readonly release: Release;
  /** Page size of the kernel, in bytes. */
  readonly pageBytes: number;
  /** RAM, in MiB. */
  readonly memoryMb: number;
  /** Line size of the CPU caches, in bytes. */
  readonly lineBytes: number;
  /** After a CPU write, one dirty line in `oneIn` leaves the cache early; null: none does. */
  readonly eviction: { readonly seed: number; readonly oneIn: number } | null;
  /** Who may open its nodes. */
  readonly access: {
    readonly primary: BoardAccess;
    readonly render: BoardAccess;
    readonly heap: BoardAccess;
    readonly udmabuf: BoardAccess;
  };
  /** In the order of their nodes: the first is card0 and, if it renders, renderD128. */
  readonly devices: readonly BoardDevice[];
  /** Names below /dev/dma_heap. */
  readonly heaps: readonly string[];
  /** null: there is no /dev/udmabuf. `sizeLimitMb` null: no limit. */
  readonly udmabuf: { readonly sizeLimitMb: number | null } | null;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads fields of one JSON object and reports what is wrong with them. */
class Fields {
  readonly #source: string;
  readonly #at: string;
  readonly #json: Json;
  readonly #seen = new Set<string>();

  constructor(source: string, at: string, value: unknown) {
    this.#source = source;
    this.#at = at;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new BoardError(`${source}: ${at || "the board"} is ${show(value)}, wanted an object`);
    }
    this.#json = value as Json;
  }

  name(field: string): string {
    return this.#at === "" ? field : `${this.#at}.${field}`;
  }
  wrong(field: string, wanted: string): never {
    const value = this.#json[field];
    const is = value === undefined ? "is missing" : `is ${show(value)}`;
    throw new BoardError(`${this.#source}: "${this.name(field)}" ${is}, wanted ${wanted}`);
  }
  /** The value; undefined and null are both "not given". */
  #take(field: string): unknown {
    this.#seen.add(field);
    return this.#json[field] ?? undefined;
  }
  has(field: string): boolean {
    return this.#take(field) !== undefined;
  }
  /** After the last field: names any that nobody asked for. */
  finish(): void {
    for (const field of Object.keys(this.#json)) {
      if (!this.#seen.has(field)) {
        const known = [...this.#seen].join(", ");
        throw new BoardError(
          `${this.#source}: "${this.name(field)}" is not a field, wanted one of ${known}`,
        );
      }
    }
  }

  text(field: string, fallback?: string): string {
    const value = this.#take(field) ?? fallback;
    if (typeof value !== "string" || value === "") return this.wrong(field, "a text");
    return value;
  }
  /** The value where it is a text; undefined where it is anything else. */
  plainText(field: string): string | undefined {
    const value = this.#take(field);
    return typeof value === "string" ? value : undefined;
  }
  matching(field: string, pattern: RegExp, wanted: string, fallback?: string): string {
    const value = this.text(field, fallback);
    return pattern.test(value) ? value : this.wrong(field, wanted);
  }
  oneOf<T extends string | number>(field: string, choices: readonly T[], fallback?: T): T {
    const value = this.#take(field) ?? fallback;
    const found = choices.find((choice) => choice === value);
    return found ?? this.wrong(field, `one of ${choices.join(", ")}`);
  }
  boolean(field: string, fallback?: boolean): boolean {
    const value = this.#take(field) ?? fallback;
    return typeof value === "boolean" ? value : this.wrong(field, "true or false");
  }
  integer(field: string, least: number, most: number, fallback?: number): number {
    const value = this.#take(field) ?? fallback;
    const fits = typeof value === "number" && Number.isInteger(value) && value >= least &&
      value <= most;
    return fits ? value : this.wrong(field, `a whole number from ${least} to ${most}`);
  }
  texts(field: string, pattern: RegExp, wanted: string): string[] {
    const value = this.#take(field) ?? [];
    if (!Array.isArray(value)) return this.wrong(field, `a list of ${wanted}`);
    return value.map((item: unknown) =>
      typeof item === "string" && pattern.test(item)
        ? item
        : this.wrong(field, `a list of ${wanted}`)
    );
  }
  object(field: string): Fields {
    return new Fields(this.#source, this.name(field), this.#take(field) ?? {});
  }
  objects(field: string): Fields[] {
    const value = this.#take(field);
    if (!Array.isArray(value)) return this.wrong(field, "a list of objects");
    return value.map((item: unknown, i) =>
      new Fields(this.#source, `${this.name(field)}[${i}]`, item)
    );
  }
  keys(): string[] {
    return Object.keys(this.#json);
  }
  /** A non-negative integer of at most 64 bits, as a number or as hexadecimal text. */
  register(field: string): bigint {
    const value = this.#take(field);
    const wanted = "a whole number, or hexadecimal text like 0xa8670005";
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) {
      return BigInt(value);
    }
    if (typeof value === "string" && /^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt(value);
    return this.wrong(field, wanted);
  }
}

function show(value: unknown): string {
  const shown = JSON.stringify(value);
  return shown === undefined ? "missing" : shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const COHERENCIES: readonly Coherency[] = ["none", "io-coherent", "full"];
const SYSFS_PATH = /^[A-Za-z0-9][A-Za-z0-9._:-]*(\/[A-Za-z0-9][A-Za-z0-9._:-]*)*$/;

function readAccess(fields: Fields, kind: string, mode: string, gid: number): BoardAccess {
  const access = fields.object(kind);
  const octal = access.matching("mode", /^0[0-7]{3}$/, "four octal digits like 0660", mode);
  const result = { mode: parseInt(octal, 8), gid: access.integer("gid", 0, 65_535, gid) };
  access.finish();
  return result;
}

function readEviction(cache: Fields): Board["eviction"] {
  if (!cache.has("eviction")) return null;
  const fields = cache.object("eviction");
  const eviction = {
    seed: fields.integer("seed", 0, 0xffff_ffff),
    oneIn: fields.integer("oneIn", 1, 1_000_000),
  };
  fields.finish();
  return eviction;
}

function readRegisters(fields: Fields, known: readonly string[]): Record<string, bigint> {
  const registers: Record<string, bigint> = {};
  for (const name of fields.keys()) {
    if (known.includes(name)) registers[name] = fields.register(name);
  }
  fields.finish();
  return registers;
}

function readDevice(fields: Fields, release: Release, arch: Board["arch"]): BoardDevice {
  const driver = fields.oneOf("driver", Object.keys(drivers));
  const usual = drivers[driver]?.sysfs?.(release) ?? {};
  const bus = fields.matching("bus", NAME, "a bus name", usual.bus ?? "platform");
  const unbound = usual.boundTo === null && !fields.has("boundTo");
  const snoops = arch === "x86_64";
  const coherency = fields.oneOf("coherency", COHERENCIES, snoops ? "io-coherent" : undefined);
  if (coherency === "none" && snoops) {
    fields.wrong("coherency", "io-coherent or full: x86_64 devices snoop");
  }
  const { counterfactuals = [] } = drivers[driver] ?? {};
  if (fields.has("counterfactual") && counterfactuals.length === 0) {
    fields.wrong("counterfactual", `nothing: ${driver} has none`);
  }
  const device: BoardDevice = {
    driver,
    path: fields.matching("path", SYSFS_PATH, "a path below /sys/devices", usual.path),
    bus,
    boundTo: unbound ? null : fields.text("boundTo", usual.boundTo ?? driver),
    compatible: fields.texts("compatible", /^[\w,.+-]+$/, "device-tree names"),
    uevent: [
      ...usual.uevent ?? [],
      ...fields.texts("uevent", /^[A-Z_0-9]+=\S*$/, "NAME=VALUE lines"),
    ],
    coherency,
    bind: fields.oneOf("bind", ["at-creation", "on-demand"], "at-creation"),
    mapsImports: fields.oneOf(
      "mapsImports",
      ["at-import", "per-job"],
      drivers[driver]?.mapsImports?.(release) ?? "at-import",
    ),
    counterfactual: fields.has("counterfactual")
      ? fields.oneOf("counterfactual", counterfactuals)
      : null,
    jobNanoseconds: BigInt(fields.integer("jobMicroseconds", 0, 3_600_000_000, 1000)) * 1000n,
    registers: readRegisters(fields.object("registers"), drivers[driver]?.registers ?? []),
  };
  fields.finish();
  return device;
}

/** What a kernel may have been built without. */
const PARTS = ["heaps", "udmabuf"] as const;

interface BoardKernel {
  readonly release: Release;
  readonly without: readonly string[];
}

/** A release as text, or an object that also says what the kernel was built without. */
function readKernel(kernels: Fields, name: string): BoardKernel {
  const plain = kernels.plainText(name);
  const fields = plain === undefined ? kernels.object(name) : null;
  const text = plain ?? fields?.text("release") ?? "";
  const parts = new RegExp(`^(${PARTS.join("|")})$`);
  const without = fields?.texts("without", parts, PARTS.join(" or ")) ?? [];
  fields?.finish();
  const release = parseRelease(text) ?? kernels.wrong(name, "a release like 7.2.13");
  return { release, without };
}

function readKernels(fields: Fields, asked: string | null): BoardKernel {
  const kernels = fields.object("kernels");
  const names = kernels.keys();
  const known = new Map(names.map((name) => [name, readKernel(kernels, name)]));
  const fallback = fields.oneOf("kernel", names);
  const name = asked ?? fallback;
  const kernel = known.get(name);
  if (kernel === undefined) {
    throw new BoardError(
      `Kernel "${name}" is not one of this board's, wanted one of ${names.join(", ")}`,
    );
  }
  return kernel;
}

/**
 * Checks a board.
 * @param source what to call it in messages
 * @param kernel one of its `kernels`, or null for its default
 * @throws {BoardError} for the first field that is wrong
 */
export function readBoard(source: string, json: unknown, kernel: string | null = null): Board {
  const fields = new Fields(source, "", json);
  const arch = fields.oneOf("arch", ["x86_64", "aarch64"] as const);
  const { release, without } = readKernels(fields, kernel);
  const cache = fields.object("cache");
  const access = fields.object("access");
  const udmabuf = fields.has("udmabuf") ? fields.object("udmabuf") : null;
  // 64 MiB up to 7.2, without limit from 7.3 on.
  const newLimit = atLeast(release, 7, 3);
  const heaps = fields.texts("heaps", NAME, "heap names");
  const board: Board = {
    name: fields.matching("name", NAME, "letters, digits, . _ -"),
    summary: fields.text("summary"),
    arch,
    release,
    pageBytes: fields.oneOf("pageBytes", [4096, 16_384, 65_536], 4096),
    memoryMb: fields.integer("memoryMb", 1, 1 << 30, 8192),
    lineBytes: cache.oneOf("lineBytes", [32, 64, 128], 64),
    eviction: readEviction(cache),
    access: {
      primary: readAccess(access, "primary", "0660", 44),
      render: readAccess(access, "render", "0660", 106),
      heap: readAccess(access, "heap", "0600", 0),
      udmabuf: readAccess(access, "udmabuf", "0600", 0),
    },
    devices: fields.objects("devices").map((device) => readDevice(device, release, arch)),
    heaps: without.includes("heaps") ? [] : heaps,
    udmabuf: udmabuf === null || without.includes("udmabuf") ? null : {
      sizeLimitMb: udmabuf.has("sizeLimitMb")
        ? udmabuf.integer("sizeLimitMb", 1, 1_048_576)
        : newLimit
        ? null
        : 64,
    },
  };
  cache.finish();
  access.finish();
  udmabuf?.finish();
  fields.finish();
  if (arch === "x86_64" && board.pageBytes !== 4096) fields.wrong("pageBytes", "4096 on x86_64");
  const paths = board.devices.map(({ path }) => path);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) {
    throw new BoardError(`${source}: "devices" has the path ${show(twice)} twice, wanted once`);
  }
  return board;
}

const BOARDS = new URL("../fixtures/boards/", import.meta.url);

function readFile(from: string | URL, source: string): unknown {
  let text: string;
  try {
    text = Deno.readTextFileSync(from);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new BoardError(`There is no board "${source}"`, { cause: error });
    }
    throw new BoardError(`Board "${source}" cannot be read: ${message(error)}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BoardError(`Board "${source}" is not JSON: ${message(error)}`, { cause: error });
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function shipped(): string[] {
  return [...Deno.readDirSync(BOARDS)]
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => name.slice(0, -".json".length))
    .sort();
}

/** Whether something of a board is not as any Linux has it. */
function isInvented({ devices }: Board): boolean {
  return devices.some(({ driver, counterfactual }) =>
    counterfactual !== null || drivers[driver]?.invented === true
  );
}

/** The boards that come with the project, by name; those that mirror no Linux come last. */
export function listBoards(): { name: string; summary: string }[] {
  const boards = shipped().map((name) =>
    readBoard(name, readFile(new URL(`${name}.json`, BOARDS), name))
  );
  return [...boards.filter((board) => !isInvented(board)), ...boards.filter(isInvented)]
    .map(({ name, summary }) => ({ name, summary }));
}

/**
 * A board by name (`panthor`, `qemu@7.2`), or from a file whose name ends in `.json`
 * (`./mine.json`, `./mine.json@6.12`); after the @ stands one of the board's kernels.
 *
 * @throws {BoardError} when there is no such board or kernel, or a field is wrong
 */
export function loadBoard(spec: string): Board {
  const match = /^(.*?)(?:@([\w.]+))?$/s.exec(spec);
  const name = match?.[1] ?? spec;
  const kernel = match?.[2] ?? null;
  if (name.endsWith(".json")) return readBoard(name, readFile(name, name), kernel);
  const names = shipped();
  if (!names.includes(name)) {
    throw new BoardError(`There is no board "${name}", wanted one of ${names.join(", ")}`);
  }
  return readBoard(name, readFile(new URL(`${name}.json`, BOARDS), name), kernel);
}
