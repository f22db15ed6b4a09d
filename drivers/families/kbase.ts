/**
 * kbase's nodes: `/dev/mali…`, a misc device each. Memory comes in as dma-bufs (MEM_IMPORT) and
 * never goes out. Sources: mali_kbase_core_linux.c, mali_kbase_mem_linux.c of Arm's driver, r35p0.
 *
 * @module
 */
import { KernelRefusal, NotSupported } from "../../errors.ts";
import { call } from "../../ffi/call.ts";
import { errno } from "../../ffi/errno.ts";
import { isError, type Kernel } from "../../ffi/kernel.ts";
import { kbase as uapi } from "../../ffi/uapi/kbase.ts";
import { mapPending, mapTrackingPage, unmapBuffer } from "../_kbase_memory.ts";
import type { DriverVersion, OpenDevice } from "../driver.ts";
import type { DeviceFamily, Unidentified } from "../family.ts";

const { constants, ioctls } = uapi;

/** The version that is asked for: the kernel answers the lower minor one, or another major one. */
const ASKED = { csf: { major: 1, minor: 8 }, jm: { major: 11, minor: 33 } };

/** The text of GET_DDK_VERSION, `K:r35p0-01eac0(GPL)`; "" where it is refused. */
function readRelease(kernel: Kernel, fd: number): string {
  const size = call(kernel, fd, ioctls.GET_DDK_VERSION).result;
  if (isError(size)) return "";
  const version_buffer = { bytes: new Uint8Array(size) };
  const { result } = call(kernel, fd, ioctls.GET_DDK_VERSION, { version_buffer, size });
  if (isError(result)) return "";
  return new TextDecoder().decode(version_buffer.bytes).replace(/\0.*$/s, "");
}

/** The version handshake and SET_FLAGS, without which every other call is EPERM. */
function identify(kernel: Kernel, fd: number): DriverVersion | Unidentified {
  // Each kind of GPU refuses the other's number and stays as it was.
  let check: string = ioctls.VERSION_CHECK_CSF.name;
  let answer = call(kernel, fd, ioctls.VERSION_CHECK_CSF, ASKED.csf);
  if (answer.result === -errno.EPERM || answer.result === -errno.ENOTTY) {
    check = ioctls.VERSION_CHECK_JM.name;
    answer = call(kernel, fd, ioctls.VERSION_CHECK_JM, ASKED.jm);
  }
  if (isError(answer.result)) return { call: check, refused: answer.result };
  const { result } = call(kernel, fd, ioctls.SET_FLAGS, { create_flags: 0 });
  if (isError(result)) return { call: ioctls.SET_FLAGS.name, refused: result };
  const { major, minor } = answer.values;
  return { name: "kbase", major, minor, patch: 0, description: readRelease(kernel, fd) };
}

function importDescriptor(device: OpenDevice, fd: number): number {
  mapTrackingPage(device);
  const word = new Uint8Array(4);
  new DataView(word.buffer).setInt32(0, fd, true);
  const { BASE_MEM_PROT_CPU_RD, BASE_MEM_PROT_CPU_WR, BASE_MEM_PROT_GPU_RD, BASE_MEM_PROT_GPU_WR } =
    constants;
  const flags = BASE_MEM_PROT_CPU_RD | BASE_MEM_PROT_CPU_WR | BASE_MEM_PROT_GPU_RD |
    BASE_MEM_PROT_GPU_WR;
  const { result, values } = call(device.kernel, device.fd, ioctls.MEM_IMPORT, {
    in: {
      flags: BigInt(flags),
      phandle: { bytes: word },
      type: constants.BASE_MEM_IMPORT_TYPE_UMM,
    },
  });
  if (isError(result)) {
    throw new KernelRefusal(ioctls.MEM_IMPORT.name, device.name, result, {
      reason: result === -errno.ENOMEM
        ? "it is no dma-buf, its exporter lets this GPU not attach, or memory is short: kbase " +
          "answers ENOMEM to all of it"
        : undefined,
    });
  }
  const { gpu_va = 0n, va_pages = 0n, flags: got = 0n } = values.out;
  return mapPending(device, { cookie: gpu_va, pages: va_pages, flags: got });
}

export const kbase: DeviceFamily = {
  name: "kbase",
  noun: "kbase node",
  places: "/dev/mali…",
  nodeName: /^mali\d+$/,
  directory: "/dev",
  sysfsClass: "/sys/class/misc",
  kindOf: () => "misc",
  absent: "Arm's Mali driver is not loaded (lsmod | grep mali); Linux's own are panfrost and " +
    "panthor, below /dev/dri. --device sim:kbase is a simulated one.",
  identify,
  asksOnce: true,
  asking: [
    ioctls.VERSION_CHECK_CSF,
    ioctls.VERSION_CHECK_JM,
    ioctls.SET_FLAGS,
    ioctls.GET_DDK_VERSION,
  ],
  tables: () => ["kbase"],
  capabilities: () => ({ dumb: "-", prime: "-", syncobj: "-" }),
  formatHandle: (handle) => `GPU address 0x${handle.toString(16)}`,
  closeHandle: unmapBuffer,
  closedBy: "munmap",
  exports: false,
  exportHandle: () => {
    throw new NotSupported(
      "export: kbase has no call that makes a dma-buf of its memory",
      "Make the memory elsewhere and import it: create --heap system --size 4KiB --as db , " +
        "import db; what leaves the process is the dma-buf.",
    );
  },
  importDescriptor,
};
