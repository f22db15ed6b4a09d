/**
 * What `require capability NAME` asks of a device or machine, by name. What no call tells is found
 * out by doing it on a buffer of one page, which is let go at once and leaves nothing in the journal.
 *
 * @module
 */
import type { BufferFacts, CreateRequest } from "../drivers/driver.ts";
import { readCapability } from "../drivers/gem.ts";
import { BoctlError } from "../errors.ts";
import { drm } from "../ffi/uapi/drm.ts";
import { hasUdmabuf, listHeaps } from "../workspace/inventory.ts";
import type { Device } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { isUnsupported } from "./_smoke_checks.ts";

/** One capability: of a device, or of the machine. */
export type Capability =
  & { readonly help: string }
  & (
    | {
      /** Why a device has it not, or undefined. */
      readonly unmet: (workspace: Workspace, device: Device) => Promise<string | undefined>;
    }
    | { readonly ofMachine: (workspace: Workspace) => string | undefined }
  );

type CapabilityNumber = "DRM_CAP_PRIME" | "DRM_CAP_SYNCOBJ";

/** A capability that DRM_IOCTL_GET_CAP tells: all bits of `bits` must be set. */
function told(name: CapabilityNumber, bits: bigint, help: string): Capability {
  return {
    help,
    unmet: (_workspace, device) => {
      const value = readCapability(device.kernel, device.fd, Number(drm.constants[name]));
      const has = typeof value === "bigint" && (value & bits) === bits;
      return Promise.resolve(
        has
          ? undefined
          : `${device.name}: ${name} is ${typeof value === "bigint" ? value : "not known"}`,
      );
    },
  };
}

/** Makes a page-sized buffer, uses it and lets it go. */
function tried(
  device: Device,
  attributes: Partial<Pick<CreateRequest, "cached" | "private" | "dumb">>,
  use: (buffer: BufferFacts) => void = () => {},
): string | undefined {
  try {
    const buffer = device.driver.create(device, {
      size: BigInt(device.kernel.identity.pageSize),
      cached: false,
      private: false,
      noMmap: false,
      flags: [],
      ...attributes,
    });
    try {
      use({ ...buffer, imported: false });
      return undefined;
    } finally {
      device.family.closeHandle(device, buffer.handle);
    }
  } catch (error) {
    if (error instanceof BoctlError && isUnsupported(error)) return error.message;
    throw error;
  }
}

function triedSync(device: Device): string | undefined {
  const plan = Object.values(device.driver.syncOps).find(({ granularity }) =>
    granularity === "range"
  );
  if (plan === undefined) return `${device.version.name} has no cache maintenance by range`;
  return tried(device, {}, (buffer) => {
    device.driver.sync(device, buffer, plan, [{ offset: 0n, length: 64n }]);
  });
}

/** The capabilities by name. */
export const capabilities: Readonly<Record<string, Capability>> = {
  prime: told("DRM_CAP_PRIME", 3n, "exports and imports dma-bufs"),
  dumb: {
    help: "makes dumb buffers (create --dumb)",
    // Not DRM_CAP_DUMB_BUFFER: vgem has no modesetting, so GET_CAP refuses, but it makes them.
    unmet: (_workspace, device) =>
      Promise.resolve(
        device.node === "render"
          ? `${device.path} is a render node, dumb buffers are made on the primary one`
          : tried(device, { dumb: { width: 64, height: 1, bpp: 32 } }),
      ),
  },
  syncobj: told("DRM_CAP_SYNCOBJ", 1n, "has sync objects"),
  cached: {
    help: "makes buffers that the CPU maps write-back (create --cached)",
    unmet: (_workspace, device) => Promise.resolve(tried(device, { cached: true })),
  },
  private: {
    help: "makes buffers that never leave the process (create --private)",
    unmet: (_workspace, device) => Promise.resolve(tried(device, { private: true })),
  },
  "sync-range": {
    help: "has cache maintenance of exact ranges",
    unmet: (_workspace, device) => Promise.resolve(triedSync(device)),
  },
  wait: {
    help: "has a call of its own that waits for a buffer's jobs",
    unmet: (_workspace, device) =>
      Promise.resolve(
        device.driver.wait === undefined ? `${device.version.name} has none` : undefined,
      ),
  },
  heap: {
    help: "the machine has a dma-heap",
    ofMachine: ({ kernel }) => listHeaps(kernel).length > 0 ? undefined : "there is no dma-heap",
  },
  udmabuf: {
    help: "the machine has udmabuf",
    ofMachine: ({ kernel }) => hasUdmabuf(kernel) ? undefined : "there is no udmabuf",
  },
  "device-side": {
    help: "the kernel shows the device's side of an access (device; simulated boards only)",
    ofMachine: ({ kernel }) =>
      kernel.deviceSide === undefined ? "only simulated boards show the device's side" : undefined,
  },
};
