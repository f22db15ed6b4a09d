/** Who takes whose buffers: each cell of the exporter and importer matrix of the PC. */
import type { Case } from "../_case.ts";
import { amd64, type MachineName } from "../_machine.ts";

/** How exporters are made, in the order of their nodes. */
const exporters = {
  vgem: "create --on card0 --size 4KiB --as a , export a --rdwr --as d",
  virtio_gpu: "create --on card1 --size 4KiB --as a , export a --rdwr --as d",
  bochs: "create --on card2 --dumb 64x64x32 --as a , export a --rdwr --as d",
  cirrus: "create --on card3 --size 4KiB --as a , export a --rdwr --as d",
  qxl: "create --on card4 --size 4KiB --as a , export a --rdwr --as d",
  udmabuf: "create --udmabuf --size 4KiB --as d",
  heap: "create --heap system --size 4KiB --as d",
} as const;

const importers = {
  vgem: "card0",
  virtio_gpu: "card1",
  bochs: "card2",
  cirrus: "card3",
  qxl: "card4",
};

type Exporter = keyof typeof exporters;
type Importer = keyof typeof importers;
/** `ok`, `self` (the same handle again) or the errno. */
type Answers = Readonly<Partial<Record<Exporter, Readonly<Record<Importer, string>>>>>;

/** 6.1: bochs has no PRIME at all; there is neither udmabuf nor a heap. */
const oldest: Answers = {
  vgem: { vgem: "self", virtio_gpu: "ENODEV", bochs: "ENOSYS", cirrus: "ok", qxl: "ENOSYS" },
  virtio_gpu: { vgem: "ok", virtio_gpu: "self", bochs: "ENOSYS", cirrus: "ok", qxl: "ENOSYS" },
  cirrus: { vgem: "ok", virtio_gpu: "ENODEV", bochs: "ENOSYS", cirrus: "self", qxl: "ENOSYS" },
  qxl: { vgem: "ENOSYS", virtio_gpu: "ENOSYS", bochs: "ENOSYS", cirrus: "ENOSYS", qxl: "self" },
};

/** 6.12: bochs has its buffers in video memory and no PRIME import (drm_gem_vram_helper.c). */
const old: Answers = {
  vgem: { vgem: "self", virtio_gpu: "ENODEV", bochs: "EINVAL", cirrus: "ok", qxl: "ENOSYS" },
  virtio_gpu: { vgem: "ok", virtio_gpu: "self", bochs: "EINVAL", cirrus: "ok", qxl: "ENOSYS" },
  bochs: { vgem: "ENOSYS", virtio_gpu: "ENOSYS", bochs: "self", cirrus: "ENOSYS", qxl: "ENOSYS" },
  cirrus: { vgem: "ok", virtio_gpu: "ENODEV", bochs: "EINVAL", cirrus: "self", qxl: "ENOSYS" },
  qxl: { vgem: "ENOSYS", virtio_gpu: "ENOSYS", bochs: "EINVAL", cirrus: "ENOSYS", qxl: "self" },
  udmabuf: { vgem: "ok", virtio_gpu: "ENODEV", bochs: "EINVAL", cirrus: "ok", qxl: "ENOSYS" },
  heap: { vgem: "ok", virtio_gpu: "ENODEV", bochs: "EINVAL", cirrus: "ok", qxl: "ENOSYS" },
};

/**
 * 7.2: bochs imports and exports as cirrus does (both use the shmem helper), and drivers of that
 * helper take buffers of qxl, whose pages nobody can map for a device: they map none.
 */
const recent: Answers = {
  vgem: { vgem: "self", virtio_gpu: "ENODEV", bochs: "ok", cirrus: "ok", qxl: "ENOSYS" },
  virtio_gpu: { vgem: "ok", virtio_gpu: "self", bochs: "ok", cirrus: "ok", qxl: "ENOSYS" },
  bochs: { vgem: "ok", virtio_gpu: "ENODEV", bochs: "self", cirrus: "ok", qxl: "ENOSYS" },
  cirrus: { vgem: "ok", virtio_gpu: "ENODEV", bochs: "ok", cirrus: "self", qxl: "ENOSYS" },
  qxl: { vgem: "ok", virtio_gpu: "ENOSYS", bochs: "ok", cirrus: "ok", qxl: "self" },
  udmabuf: { vgem: "ok", virtio_gpu: "ENODEV", bochs: "ok", cirrus: "ok", qxl: "ENOSYS" },
  heap: { vgem: "ok", virtio_gpu: "ENODEV", bochs: "ok", cirrus: "ok", qxl: "ENOSYS" },
};

function cell(on: MachineName, exporter: Exporter, importer: Importer, answer: string): Case {
  const line = `${exporters[exporter]} , import d --on ${importers[importer]} --as b`;
  const who = `${importer} of a buffer of ${exporter}`;
  if (answer === "self") {
    return {
      name: `${who}: the same handle again (${on})`,
      on: [on],
      line: `${line} , info b`,
      says: ["same handle: "],
    };
  }
  if (answer !== "ok") {
    return {
      name: `${who}: ${answer} (${on})`,
      on: [on],
      line,
      errno: answer,
      says: ["DRM_IOCTL_PRIME_FD_TO_HANDLE on"],
    };
  }
  return {
    name: `${who}: taken, and mapped through its dma-buf (${on})`,
    on: [on],
    line: `${line} , mmap b --bracket --write 0=5eed --read 0:2 , mmap d --bracket --read 0:2`,
    says: ["5eed"],
  };
}

function matrix(on: MachineName, answers: Answers): Case[] {
  return (Object.keys(exporters) as Exporter[]).flatMap((exporter) => {
    const row = answers[exporter];
    if (row === undefined) return [];
    return (Object.keys(importers) as Importer[]).map((importer) =>
      cell(on, exporter, importer, row[importer])
    );
  });
}

export const cases: readonly Case[] = [
  ...matrix("amd64-6.1", oldest),
  {
    name: "bochs of 6.1 exports nothing",
    on: ["amd64-6.1"],
    line: exporters.bochs,
    errno: "ENOSYS",
    says: ["DRM_IOCTL_PRIME_HANDLE_TO_FD on"],
  },
  {
    name: "qxl of 6.1 exports what cannot be mapped",
    on: ["amd64-6.1"],
    line: `${exporters.qxl} , mmap d --read 0:1`,
    errno: "ENOSYS",
    says: ["mmap on d"],
  },
  ...matrix("amd64-6.12", old),
  ...matrix("amd64-7.2", recent),
  ...(["cirrus", "vgem"] as const).map((importer): Case => ({
    name: `${importer}: an import cannot be mapped through its node`,
    on: amd64,
    line: `create --udmabuf --size 4KiB --as d , import d --on ${importers[importer]} --as b ,` +
      " mmap b --via node --read 0:1",
    errno: "EINVAL",
    says: [
      "DRM_IOCTL_MODE_MAP_DUMB on",
      "an imported buffer cannot be mapped through its importer: map the dma-buf",
    ],
  })),
];
