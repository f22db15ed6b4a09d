// What smoke says of every board at each of its kernels, with why it is so.
import { assertEquals } from "@std/assert";
import { listBoards } from "../sim/board.ts";
import { boctl } from "./_test_kit.ts";

/** What smoke says of a board at a kernel; each check that is not here is OK. */
interface Verdict {
  readonly code: number;
  /** Driver and node that it chooses: a GPU's render node before a display's card. */
  readonly on: string;
  readonly sync: string;
  readonly cached: string;
  /** `drm` where the driver has no dma-buf operations of its own. */
  readonly exporter: string;
  /** Why it exports nothing; then there is no dma-buf to map, import or keep. */
  readonly noExport?: string;
  readonly bytes: number;
}

const NONE = "OK (nothing to do: ";
const WRITE_COMBINED = `${NONE}the buffer is write-combined)`;
const COHERENT = `${NONE}the device is coherent with the CPU's caches)`;
const EXACT = "OK (flush)";

function notSupported(why: string): string {
  return `OK (Not Supported: ${why})`;
}

/** Of a kernel with cached maps and exact-range syncs: panthor 1.7, panfrost 1.6. */
function now(on: string, exporter: string, more: Partial<Verdict> = {}): Verdict {
  return {
    ...{ code: 0, on, sync: WRITE_COMBINED, cached: EXACT, exporter, bytes: 4096 },
    ...more,
  };
}

/** Of one before: no cached map, no sync; what there is, is write-combined or the GPU snoops. */
function before(on: string, call: string, needs: string, is: string): Verdict {
  const [driver = ""] = on.split(" ");
  return now(on, "drm", {
    sync: `${NONE}this driver's buffers are write-combined, or the device is coherent)`,
    cached: notSupported(`${call} on ${driver}: EINVAL: WB_MMAP needs ${needs}, this is ${is}`),
  });
}

const NODE = "/dev/dri/renderD128";
const panthor = now(`panthor 1.8, ${NODE}`, "panthor");
const panthor73 = { ...panthor, on: `panthor 1.9, ${NODE}` };
const panthor612 = before(
  `panthor 1.0, ${NODE}`,
  "DRM_IOCTL_PANTHOR_BO_CREATE",
  "panthor 1.7",
  "1.0",
);
const panfrost = now(`panfrost 1.6, ${NODE}`, "panfrost");
const panfrost612 = before(
  `panfrost 1.2, ${NODE}`,
  "DRM_IOCTL_PANFROST_CREATE_BO",
  "panfrost 1.6",
  "1.2",
);
const coherent = { sync: COHERENT, cached: COHERENT };
const vgem = now("vgem 1.0, /dev/dri/card0", "drm", {
  sync: `${NONE}dumb buffers have no cache maintenance call)`,
  cached: notSupported("--cached: a dumb buffer's caching cannot be chosen"),
});
const powervr = now(`powervr 1.0, ${NODE}`, "drm", {
  cached: notSupported(
    "--cached: powervr does not let user space ask for cached maps (its flag is the kernel's own)",
  ),
});

/** Of a driver whose buffers are write-combined, whatever is asked. */
function writeCombined(driver: string): Pick<Verdict, "sync" | "cached"> {
  return {
    sync: `${NONE}${driver}'s buffers are write-combined, and it has no cache maintenance call)`,
    cached: notSupported(
      `--cached: ${driver} has no cached buffers, its mappings are always write-combined`,
    ),
  };
}

/** On a PC, whose devices all snoop. */
function snooping(driver: string): string {
  return `${NONE}${driver} has no cache maintenance call: the device snoops the CPU's caches)`;
}
const amdgpu = now(`amdgpu 3.64, ${NODE}`, "drm", { cached: snooping("amdgpu") });
const xe = now(`xe 1.1, ${NODE}`, "drm", { cached: snooping("xe") });
const tegra = now(`tegra 1.0, ${NODE}`, "tegra_drm", {
  cached: notSupported("--cached: tegra's buffers are write-combined, always"),
});
const v3d = now(`v3d 1.0, ${NODE}`, "drm", writeCombined("v3d"));
const lima = now(`lima 1.1, ${NODE}`, "drm", writeCombined("lima"));
const kbase = now("kbase 11.33, /dev/mali0", "", {
  noExport: "export: kbase has no call that makes a dma-buf of its memory",
});

const msm = now(`msm 1.13, ${NODE}`, "msm", {
  cached: notSupported(
    "msm has no cache maintenance: CPU_PREP waits and CPU_FINI does nothing: msm leaves the CPU's " +
      "caches to user space, which cleans them itself or asks for write-combined buffers",
  ),
});

// The whole buffer is 64 lines, one was asked for; the exact one of a board comes after its first
// sync has cleaned all for the mapping that it makes.
const unbound = {
  cached: "OK (flush; the first one mapped the buffer for the device and visited 64 cache lines " +
    "more)",
};
const hint = {
  code: 1,
  cached: "FAIL (flush visited 63 cache lines too many where 64 B were asked for)",
};
const withoutHooks = { exporter: "drm" };
const big = { bytes: 16_384 };
const second = "/dev/dri/renderD129";

const verdicts: Readonly<Record<string, Verdict>> = {
  "a64@6.12": lima,
  "a64@7.2": lima,
  "a64@7.3": lima,
  "am62@6.12": powervr,
  "am62@7.2": powervr,
  "am62@7.3": powervr,
  "amdgpu-laptop@7.3": amdgpu,
  "kbase@6.1": kbase,
  "panfrost@6.12": panfrost612,
  "panfrost@7.2": panfrost,
  "panfrost@7.3": panfrost,
  "panthor@6.12": panthor612,
  "panthor@7.2": panthor,
  "panthor@7.3": panthor73,
  "panthor-coherent@6.12": panthor612,
  "panthor-coherent@7.2": { ...panthor, ...coherent },
  "panthor-coherent@7.3": { ...panthor73, ...coherent },
  "panthor-unbound@6.12": panthor612,
  "panthor-unbound@7.2": { ...panthor, ...unbound },
  "panthor-unbound@7.3": { ...panthor73, ...unbound },
  "qemu@6.1": vgem,
  "qemu@6.12": vgem,
  "qemu@7.2": vgem,
  "qemu-arm64@6.12": { ...panfrost612, on: `panfrost 1.2, ${second}` },
  "qemu-arm64@6.12-16k": { ...panfrost612, ...big, on: `panfrost 1.2, ${second}` },
  "qemu-arm64@7.2": { ...panfrost, on: `panfrost 1.6, ${second}` },
  "rk3399@6.12": panfrost612,
  "rk3399@7.2": panfrost,
  "rk3399@7.3": panfrost,
  "rk3588@6.12": panthor612,
  "rk3588@7.2": panthor,
  "rk3588@7.3": panthor73,
  "rk3588-16k@7.2": { ...panthor, ...big },
  "rk3588-16k@7.3": { ...panthor73, ...big },
  "rpi4@6.12": v3d,
  "rpi4@7.2": v3d,
  "rpi4@7.3": v3d,
  "rpi5@7.2": v3d,
  "rpi5@7.3": v3d,
  "s922x@6.12": panfrost612,
  "s922x@7.2": { ...panfrost, ...coherent },
  "s922x@7.3": { ...panfrost, ...coherent },
  "sm8250@6.12": { ...msm, on: `msm 1.12, ${NODE}`, exporter: "drm" },
  "sm8250@7.2": msm,
  "sm8250@7.3": msm,
  "tegra@6.12": tegra,
  "tegra@7.2": tegra,
  "tegra@7.3": tegra,
  // What it makes without being asked for a caching is cached on the card.
  "xe-card@7.3": { ...xe, sync: snooping("xe") },
  "xe-laptop@7.3": xe,
  "begin-migrates@7.2": panthor,
  "begin-migrates@7.3": panthor73,
  "complex-exporter@6.12": panthor612,
  "complex-exporter@7.2": panthor,
  "complex-exporter@7.3": panthor73,
  "export-without-hooks@7.2": { ...panthor, ...withoutHooks },
  "export-without-hooks@7.3": { ...panthor73, ...withoutHooks },
  "range-is-a-hint@7.2": { ...panthor, ...hint },
  "range-is-a-hint@7.3": { ...panthor73, ...hint },
};

const all = listBoards().flatMap(({ name, kernels }) =>
  [...kernels.keys()].map((kernel) => `${name}@${kernel}`)
);

Deno.test("every verdict is about a board and one of its kernels", () => {
  assertEquals(Object.keys(verdicts).filter((board) => !all.includes(board)), []);
});

for (const board of all.filter((board) => !(board in verdicts))) {
  Deno.test(`smoke passes on sim:${board}, of which no verdict is written down`, async () => {
    const { code, out } = await boctl(`--device sim:${board} smoke`);
    assertEquals([code, out.includes(": FAIL (")], [0, false], out);
  });
}

for (const [board, verdict] of Object.entries(verdicts)) {
  Deno.test(`smoke tells the truth of sim:${board}`, async () => {
    const { code, out } = await boctl(`--device sim:${board} smoke`);
    const [name] = board.split("@");
    const { on, sync, cached, exporter, noExport, bytes } = verdict;
    const needsExport = noExport === undefined ? undefined : notSupported("needs export");
    const checks = [
      `create: OK (${bytes} bytes)`,
      "map, write and read back: OK",
      `sync of a range: ${sync}`,
      `cached buffer and sync of a range: ${cached}`,
      `export for writing: ${noExport ? notSupported(noExport) : `OK (exporter ${exporter})`}`,
      "map the dma-buf, between begin and end: " +
      (needsExport ?? "OK (same bytes as the buffer's own map)"),
      `import back: the same handle: ${needsExport ?? "OK (handle 1)"}`,
      `close, and the dma-buf keeps the memory: ${needsExport ?? "OK"}`,
    ];
    const missing = checks.filter((line) => line.includes(": OK (Not Supported: ")).length;
    const failed = checks.filter((line) => line.includes(": FAIL (")).length;
    assertEquals(out.split("\n"), [
      `smoke: sim:${name}, ${on}`,
      ...checks.map((line) => `test ${line}`),
      `Total: 8, OK: ${8 - missing - failed}, not supported: ${missing}, FAIL: ${failed}`,
    ]);
    assertEquals(code, verdict.code);
  });
}

Deno.test("smoke on a node of any board fails only where the kernel does other than it says", async () => {
  for (const { name } of listBoards()) {
    const { out } = await boctl(`--json --device sim:${name} devices`);
    const nodes: readonly { readonly node: { readonly path: string } }[] =
      JSON.parse(out).result.nodes;
    for (const { node: { path } } of nodes) {
      const { code, out } = await boctl(`--device sim:${name} smoke --on ${path}`);
      const counterfactual = name === "range-is-a-hint" && out.includes(", panthor 1.");
      const nothing = out.includes("OK: 0, ");
      assertEquals(code, counterfactual ? 1 : nothing ? 77 : 0, `${name} ${path}\n${out}`);
    }
  }
});

Deno.test("smoke on a node that makes no buffers says why, and is exit 77", async () => {
  const { code, out } = await boctl("--device sim:panthor smoke --on /dev/dri/renderD129");
  assertEquals(code, 77);
  assertEquals(
    out.split("\n")[1],
    "test create: OK (Not Supported: DRM_IOCTL_MODE_CREATE_DUMB on vgem: EACCES: dumb buffers are " +
      "made on the primary node (card…), this is a render node)",
  );
});
