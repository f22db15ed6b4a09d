/**
 * The JSON Schema of boards (`schemas/board.schema.json`), written by `deno task index`: patterns,
 * limits and defaults are those that boards are read by, and what differs by driver comes from the
 * simulated drivers, so that adding one is adding its file.
 *
 * @module
 */
import { REGISTER } from "../sim/board_fields.ts";
import * as limits from "../sim/board_limits.ts";
import { drivers } from "../sim/drivers/_index.ts";
import type { SimulatedDriver } from "../sim/drivers/driver.ts";
import { parseRelease } from "../sim/release.ts";

type Schema = Readonly<Record<string, unknown>>;

/** The schema's file, below the checkout. */
export const BOARD_SCHEMA = "schemas/board.schema.json";

function text(description: string, pattern: RegExp, more: Schema = {}): Schema {
  return { description, type: "string", pattern: pattern.source, ...more };
}

function integer(
  description: string,
  { least, most, usual }: { readonly least: number; readonly most: number; usual?: number },
): Schema {
  const limit = { type: "integer", minimum: least, maximum: most };
  return { description, ...limit, ...(usual === undefined ? {} : { default: usual }) };
}

function oneOf(
  description: string,
  values: readonly (string | number)[],
  more: Schema = {},
): Schema {
  return { description, enum: values, ...more };
}

function list(description: string, pattern: RegExp, more: Schema = {}): Schema {
  const items = { type: "string", pattern: pattern.source };
  return { description, type: "array", items, default: [], ...more };
}

function object(description: string, properties: Schema, more: Schema = {}): Schema {
  return { description, type: "object", properties, additionalProperties: false, ...more };
}

function orNull(schema: Schema): Schema {
  const { description, default: usual, ...rest } = schema;
  const fallback = usual === undefined ? {} : { default: usual };
  return { description, ...fallback, anyOf: [rest, { type: "null" }] };
}

const kernelRelease = text(
  "The release as uname -r prints it; the simulated drivers follow its first two numbers.",
  limits.RELEASE,
  { examples: ["7.2.13", "6.12.107-arm64"] },
);

const kernels: Schema = {
  description: "The kernels that the board can run, by the name that chooses one: sim:BOARD@NAME.",
  type: "object",
  propertyNames: { pattern: limits.KERNEL_NAME.source },
  minProperties: 1,
  additionalProperties: {
    description: "A release, or a release and how that kernel was built.",
    anyOf: [
      kernelRelease,
      object("A kernel that was built otherwise than the board's others.", {
        release: kernelRelease,
        without: {
          description: "What it was built without; the board's other kernels have it.",
          type: "array",
          items: { enum: limits.PARTS },
          default: [],
        },
        pageBytes: oneOf(
          "Bytes of its pages, 4096 on x86_64; the board's where it is not given.",
          limits.PAGE_SIZES,
        ),
      }, { required: ["release"] }),
    ],
  },
};

const cache = object("The CPU's caches.", {
  lineBytes: oneOf("Bytes of a cache line.", limits.LINE_SIZES, { default: 64 }),
  eviction: orNull(object(
    "Dirty lines that leave the caches early, as they do on hardware; null: none does.",
    {
      seed: integer("Which lines leave: the same for the same seed.", limits.SEED),
      oneIn: integer("After a CPU write, one dirty line in so many leaves.", limits.ONE_IN),
    },
    { required: ["seed", "oneIn"], default: null },
  )),
}, { default: {} });

const accessNames: Readonly<Record<keyof typeof limits.ACCESS, string>> = {
  primary: "/dev/dri/cardN",
  render: "/dev/dri/renderDN",
  heap: "/dev/dma_heap/NAME",
  udmabuf: "/dev/udmabuf",
};

const access = object(
  "Who may open the nodes; root owns them. Unless told as Debian's udev sets it up.",
  Object.fromEntries(
    Object.entries(limits.ACCESS).map(([kind, { mode, gid }]) => [
      kind,
      object(`${accessNames[kind as keyof typeof limits.ACCESS]}.`, {
        mode: text("Permission bits, octal.", limits.MODE, { default: mode }),
        gid: integer("The group's number.", { ...limits.GID, usual: gid }),
      }, { default: {} }),
    ]),
  ),
  { default: {} },
);

const device = object("A DRM device.", {
  driver: oneOf("The simulated driver.", Object.keys(drivers)),
  path: text(
    "Its folder below /sys/devices, no two alike. Where its driver makes the device itself (vgem) " +
      "it need not be given.",
    limits.SYSFS_PATH,
    { examples: ["platform/fb000000.gpu"] },
  ),
  bus: text(
    "The sysfs bus; where it is not given what is usual for the driver, else platform.",
    limits.NAME,
    { examples: ["platform", "pci"] },
  ),
  boundTo: orNull({
    description:
      "The driver that device/driver links to; null: there is no link. Where it is not " +
      "given what is usual for the driver, else its name.",
    type: "string",
    minLength: 1,
    examples: ["rockchip-drm"],
  }),
  compatible: list("Device-tree compatible strings, most special first.", limits.COMPATIBLE, {
    examples: [["rockchip,rk3588-mali", "arm,mali-valhall-csf"]],
  }),
  uevent: list("Further lines of the device's uevent.", limits.UEVENT, {
    examples: [["PCI_ID=1AF4:1050"]],
  }),
  coherency: oneOf(
    "How far the device and the CPU's caches see each other. none: the device sees RAM only. " +
      "io-coherent: it sees the CPU's caches (dma-coherent). full: the CPU sees the device's own, " +
      "too. Must be given on aarch64; on x86_64 io-coherent where it is not given, and never none.",
    limits.COHERENCIES,
  ),
  bind: oneOf(
    "When buffers get the device's own mapping: as they are made, or when a call first needs it, " +
      "which cleans the whole buffer.",
    limits.BINDS,
    { default: "at-creation" },
  ),
  mapsImports: oneOf(
    "When dma-bufs of other devices are mapped for it: once, or around every job. Where it is not " +
      "given what is usual for the driver, else at-import.",
    limits.MAPS_IMPORTS,
  ),
  counterfactual: orNull({
    description: "Something that no driver does and the threads warned of; null: nothing.",
    type: "string",
    default: null,
  }),
  jobMicroseconds: integer(
    "How long a submitted job keeps its buffers busy, in microseconds.",
    limits.JOB_MICROSECONDS,
  ),
  registers: {
    description:
      "What the driver reads from the hardware, by the driver's names, where it is not " +
      "the driver's default: a whole number, or hexadecimal text of up to 64 bits.",
    type: "object",
    additionalProperties: {
      anyOf: [
        { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        { type: "string", pattern: REGISTER.source },
      ],
    },
    default: {},
    examples: [{ shader_present: "0x50005" }],
  },
}, { required: ["driver"], allOf: Object.values(drivers).map(ofDriver) });

/** Whether a board must say where a driver's devices are: at no release does it know. */
function needsPath(driver: SimulatedDriver): boolean {
  return ["6.1", "6.12", "7.2", "7.3"].every((text) => {
    const release = parseRelease(text);
    return release === null || driver.sysfs?.(release, {}).path === undefined;
  });
}

/** A register that numbers a few cases, as a number or as hexadecimal text. */
function upTo(largest: number): Schema {
  const pattern = `^0[xX]0*[0-${largest}]$`;
  return { anyOf: [{ type: "integer", maximum: largest }, { type: "string", pattern }] };
}

/** What holds for one driver's devices. */
function ofDriver(driver: SimulatedDriver): Schema {
  const { name, registers, largest = {}, counterfactuals = [] } = driver;
  const few = Object.entries(largest).map(([register, value]) => [register, upTo(value)]);
  const known = registers.length === 0 ? { maxProperties: 0 } : {
    propertyNames: { enum: registers },
    ...(few.length === 0 ? {} : { properties: Object.fromEntries(few) }),
  };
  return {
    if: { type: "object", properties: { driver: { const: name } }, required: ["driver"] },
    then: {
      type: "object",
      properties: {
        registers: { type: "object", ...known },
        counterfactual: { enum: [...counterfactuals, null] },
        path: true,
      },
      ...(needsPath(driver) ? { required: ["path"] } : {}),
    },
  };
}

const cma = object(
  "The default area of contiguous memory (CMA), which has heaps of its own: default_cma_region since " +
    "Linux 6.17, and its own name.",
  {
    name: text("What the area is called.", limits.HEAP, { examples: ["reserved", "linux,cma"] }),
    sizeMb: integer("Its size, in MiB.", limits.CMA_MB),
  },
  { required: ["name", "sizeMb"] },
);

const udmabuf = object("/dev/udmabuf.", {
  sizeLimitMb: orNull({
    ...integer(
      "Its size_limit_mb, in MiB; null: no limit. Where it is not given 64 up to Linux 7.2 and no " +
        "limit from 7.3 on.",
      limits.UDMABUF_MB,
    ),
  }),
});

const ABOUT = "What a simulated machine is made of: --device sim:./FILE.json. Checked by " +
  "boctl board check FILE, which also knows what no schema can: that `kernel` names one of " +
  "`kernels`, that no two devices have the same path, and that no name is given twice.";
const SNOOPING = { coherency: { enum: ["io-coherent", "full"] } };

function devicesWith(properties: Schema, required: readonly string[] = []): Schema {
  return { type: "array", items: { type: "object", properties, required } };
}

/** A kernel on x86_64. */
const USUAL_PAGES = [
  { type: "string" },
  { type: "object", properties: { pageBytes: { const: 4096 } } },
] as const;

/** The schema. */
export function boardSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A simulated board of boctl",
    ...object(ABOUT, {
      $schema: {
        description: "For editors; boctl does not read it.",
        type: "string",
        minLength: 1,
      },
      name: text("As reports name it: sim:NAME.", limits.NAME),
      summary: { description: "One line on what it is like.", type: "string", minLength: 1 },
      goodFor: {
        description: "What to take it for, where that is more than the summary says.",
        type: "string",
        minLength: 1,
      },
      arch: oneOf("The processor; on x86_64 every device is coherent.", limits.ARCHES),
      kernel: {
        description: "The one of `kernels` that runs where no other is chosen.",
        type: "string",
        minLength: 1,
      },
      kernels,
      pageBytes: oneOf("Bytes of the kernel's pages; 4096 on x86_64.", limits.PAGE_SIZES, {
        default: 4096,
      }),
      memoryMb: integer("RAM, in MiB.", limits.MEMORY_MB),
      cache,
      access,
      devices: {
        description:
          "In the order of their nodes: the first is card0 and, if it renders, renderD128.",
        type: "array",
        items: { $ref: "#/$defs/device" },
      },
      heaps: list("Heaps like the system heap, by their names below /dev/dma_heap.", limits.HEAP, {
        uniqueItems: true,
      }),
      cma: { ...orNull(cma), default: null },
      udmabuf: { ...orNull(udmabuf), default: null },
    }),
    required: ["name", "summary", "arch", "kernel", "kernels", "devices"],
    if: { properties: { arch: { const: "x86_64" } }, required: ["arch"] },
    then: {
      properties: {
        pageBytes: { const: 4096 },
        kernels: { type: "object", additionalProperties: { anyOf: USUAL_PAGES } },
        devices: devicesWith(SNOOPING),
      },
    },
    else: { properties: { devices: devicesWith({ coherency: true }, ["coherency"]) } },
    $defs: { device },
  };
}
