/**
 * Boards with one thing wrong, each refused by who reads them and, but for what no schema can know,
 * by their JSON Schema.
 *
 * @module
 */

/** A board that nothing is wrong with. */
export const goodBoard = {
  name: "mine",
  summary: "a board",
  arch: "aarch64",
  kernel: "7.2",
  kernels: { "7.2": "7.2.13" },
  devices: [{ driver: "panthor", path: "platform/fb000000.gpu", coherency: "none" }],
} as const;

/** A board with one thing wrong. */
export interface BrokenBoard {
  readonly json: unknown;
  /** Of the error's message. */
  readonly message: string;
  /** Why no schema can know. */
  readonly onlyReader?: string;
}

const good = goodBoard;
const [device] = good.devices;

/** Each with one thing wrong. */
const cases: readonly (readonly [unknown, string, string?])[] = [
  [null, "mine: the board is null, wanted an object"],
  [[], "mine: the board is [], wanted an object"],
  [{ ...good, name: 7 }, 'mine: "name" is 7, wanted letters, digits, . _ -'],
  [{ ...good, name: "a b" }, '"name" is "a b", wanted letters, digits, . _ -'],
  [{ ...good, summary: undefined }, '"summary" is missing, wanted a text'],
  [{ ...good, arch: "mips" }, '"arch" is "mips", wanted one of x86_64, aarch64'],
  [
    { ...good, kernel: "5.4" },
    '"kernel" is "5.4", wanted 7.2',
    "that it is one of `kernels`",
  ],
  [{ ...good, kernel: undefined }, '"kernel" is missing, wanted 7.2'],
  [{ ...good, kernels: {} }, '"kernels" is {}, wanted at least one'],
  [{ ...good, kernels: { "7.2": null } }, '"kernels.7.2" is null, wanted an object'],
  [{ ...good, kernels: { "7.2": {} } }, '"kernels.7.2.release" is missing, wanted a release'],
  [
    { ...good, kernels: { "7.2": "7.2.13", "a b": "7.2.13" } },
    '"kernels.a b" is "7.2.13", wanted a name',
  ],
  [
    { ...good, kernels: { "7.2": "7.2.13", "6.12": { release: "6.12.1", without: "heaps" } } },
    '"kernels.6.12.without" is "heaps", wanted a list of',
  ],
  [
    { ...good, kernels: { "7.2": { release: "7.2.13", with: [] } } },
    '"kernels.7.2.with" is not a field',
  ],
  [{ ...good, goodFor: "" }, '"goodFor" is "", wanted a text'],
  [{ ...good, summary: null }, '"summary" is null, wanted a text'],
  [{ ...good, kernels: { "7.2": "seven" } }, '"kernels.7.2" is "seven", wanted a release'],
  [{ ...good, kernels: { "7.2": 7 } }, '"kernels.7.2" is 7, wanted an object'],
  [
    { ...good, kernels: { "7.2": { release: "7.2.13", without: ["heap"] } } },
    '"kernels.7.2.without" is ["heap"], wanted a list of heaps or udmabuf',
  ],
  [{ ...good, pageBytes: 5000 }, '"pageBytes" is 5000, wanted one of 4096, 16384, 65536'],
  [{ ...good, cache: { lineBytes: 48 } }, '"cache.lineBytes" is 48, wanted one of 32, 64, 128'],
  [{ ...good, cache: { eviction: { oneIn: 4 } } }, '"cache.eviction.seed" is missing'],
  [
    { ...good, cache: { eviction: { seed: 1, oneIn: 0 } } },
    '"cache.eviction.oneIn" is 0, wanted',
  ],
  [
    { ...good, cache: { eviction: { seed: -1, oneIn: 4 } } },
    '"cache.eviction.seed" is -1, wanted a whole number from 0 to 4294967295',
  ],
  [
    { ...good, cache: { eviction: { seed: 1, oneIn: 4, odds: 1 } } },
    '"cache.eviction.odds" is not a field',
  ],
  [{ ...good, cache: { eviction: "often" } }, '"cache.eviction" is "often", wanted an object'],
  [{ ...good, cache: { lines: 3 } }, '"cache.lines" is not a field, wanted one of lineBytes'],
  [{ ...good, colour: 1 }, '"colour" is not a field'],
  [{ ...good, memoryMb: -1 }, '"memoryMb" is -1, wanted a whole number'],
  [{ ...good, memoryMb: 1.5 }, '"memoryMb" is 1.5, wanted a whole number'],
  [{ ...good, pageBytes: null }, '"pageBytes" is null, wanted one of'],
  [{ ...good, cache: { lineBytes: 64, linebytes: 64 } }, '"cache.linebytes" is not a field'],
  [
    { ...good, heaps: ["system", "system"] },
    '"heaps" is ["system","system"], wanted each name once',
  ],
  [{ ...good, heaps: ["a/b"] }, '"heaps" is ["a/b"], wanted a list of heap names'],
  [{ ...good, udmabuf: { sizeLimitMb: "x" } }, '"udmabuf.sizeLimitMb" is "x"'],
  [{ ...good, access: { render: { mode: "660" } } }, '"access.render.mode" is "660"'],
  [{ ...good, access: { render: { gid: 65_536 } } }, '"access.render.gid" is 65536'],
  [{ ...good, access: { card: {} } }, '"access.card" is not a field'],
  [{ ...good, cma: { sizeMb: 1 } }, '"cma.name" is missing'],
  [{ ...good, cma: { name: "reserved", sizeMb: 0 } }, '"cma.sizeMb" is 0'],
  [{ ...good, cma: { name: "a/b", sizeMb: 1 } }, '"cma.name" is "a/b", wanted a heap name'],
  [{ ...good, udmabuf: true }, '"udmabuf" is true, wanted an object'],
  [{ ...good, udmabuf: { sizeLimitMb: 0 } }, '"udmabuf.sizeLimitMb" is 0'],
  [{ ...good, devices: undefined }, '"devices" is missing, wanted a list of objects'],
  [{ ...good, devices: [7] }, '"devices[0]" is 7, wanted an object'],
  [{ ...good, devices: [{ ...device, driver: undefined }] }, '"devices[0].driver" is missing'],
  [{ ...good, devices: [{ ...device, path: undefined }] }, '"devices[0].path" is missing'],
  [{ ...good, devices: [{ ...device, bus: "a b" }] }, '"devices[0].bus" is "a b"'],
  [{ ...good, devices: [{ ...device, boundTo: "" }] }, '"devices[0].boundTo" is ""'],
  [{ ...good, devices: [{ ...device, compatible: "arm" }] }, '"devices[0].compatible" is "arm"'],
  [{ ...good, devices: [{ ...device, uevent: ["a=b"] }] }, '"devices[0].uevent" is ["a=b"]'],
  [
    { ...good, devices: [{ ...device, jobMicroseconds: -1 }] },
    '"devices[0].jobMicroseconds" is -1',
  ],
  [{ ...good, devices: [{ ...device, compatable: [] }] }, '"devices[0].compatable" is not a field'],
  [{ ...good, devices: {} }, '"devices" is {}, wanted a list of objects'],
  [{ ...good, devices: [{ ...device, driver: "nova" }] }, '"devices[0].driver" is "nova"'],
  [{ ...good, devices: [{ ...device, path: "/x" }] }, '"devices[0].path" is "/x"'],
  [
    { ...good, devices: [{ ...device, coherency: undefined }] },
    '"devices[0].coherency" is missing, wanted one of none, io-coherent, full',
  ],
  [{ ...good, devices: [{ ...device, coherency: true }] }, '"devices[0].coherency" is true'],
  [
    { ...good, devices: [{ ...device, mapsImports: "often" }] },
    '"devices[0].mapsImports" is "often"',
  ],
  [
    { ...good, devices: [{ ...device, counterfactual: "magic" }] },
    '"devices[0].counterfactual" is "magic", wanted one of range-is-a-hint, ' +
    "begin-migrates, export-without-hooks",
  ],
  [
    {
      ...good,
      devices: [{ driver: "vgem", coherency: "none", counterfactual: "begin-migrates" }],
    },
    '"devices[0].counterfactual" is "begin-migrates", wanted nothing: vgem has none',
  ],
  [{ ...good, devices: [{ ...device, bind: "late" }] }, '"devices[0].bind" is "late"'],
  [
    { ...good, devices: [device, device] },
    'has the path "platform/fb000000.gpu" twice',
    "that no two devices have the same path",
  ],
  [
    { ...good, arch: "x86_64", pageBytes: 16_384, devices: [] },
    '"pageBytes" is 16384, wanted 4096 on x86_64',
  ],
  [{ ...good, arch: "x86_64" }, '"devices[0].coherency" is "none", wanted io-coherent or full'],
  [
    { ...good, devices: [{ ...device, registers: { gpu_id: "five" } }] },
    '"devices[0].registers.gpu_id" is "five", wanted a whole number, or hexadecimal',
  ],
  [
    { ...good, devices: [{ ...device, registers: { speed: 1 } }] },
    '"devices[0].registers.speed" is not a field',
  ],
  [
    { ...good, devices: [{ ...device, driver: "virtio_gpu", registers: { map_cache: 9 } }] },
    '"devices[0].registers.map_cache" is 9, wanted a whole number from 0 to 3',
  ],
  [
    { ...good, devices: [{ ...device, driver: "virtio_gpu", registers: { virgl_3d: "0x02" } }] },
    '"devices[0].registers.virgl_3d" is "0x02", wanted a whole number from 0 to 1',
  ],
];

/** The table. */
export const brokenBoards: readonly BrokenBoard[] = cases.map(([json, message, onlyReader]) => ({
  json,
  message,
  ...(onlyReader === undefined ? {} : { onlyReader }),
}));
