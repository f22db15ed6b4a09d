/**
 * Choosing the kernel of a workspace: this machine's or a simulated board's.
 *
 * @module
 */
import { NoDevice, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { hasUdmabuf, listHeaps, listNodePaths, nodePath } from "./inventory.ts";
import { resolveDevice } from "./devices.ts";
import { restartingKernel } from "./restarting_kernel.ts";
import { Workspace } from "./workspace.ts";

/** The board that stands in where the machine has no device. */
const STAND_IN = "panthor";
const SIM = "sim:";

/** What the command line and the environment said. */
export interface Choice {
  readonly device: string | undefined;
  readonly backend: string | undefined;
  /** A line for stderr: that the simulator was taken, and how to choose. */
  readonly notice: (line: string) => void;
  /** Whether the command is about this machine even where it has no device. */
  readonly noFallback?: boolean;
  /** Wraps the kernel: tracing, counting, fault injection. */
  readonly wrap?: (kernel: Kernel) => Kernel;
  /** Gives this machine's kernel, in tests another one. */
  readonly openLive?: () => Promise<Kernel>;
}

async function simulated(board: string): Promise<Kernel> {
  const { BoardError, loadBoard } = await import("../sim/board.ts");
  const { openSimulatedKernel } = await import("../sim/sim_kernel.ts");
  try {
    return openSimulatedKernel(loadBoard(board));
  } catch (error) {
    if (error instanceof BoardError) {
      const other = error.problems.length > 0 ? undefined : await boardWith(board);
      throw new NoDevice(error.message, {
        hint: error.problems.length > 0
          ? `boctl board check ${board} tells all that is wrong with it.`
          : (other === undefined ? "" : `sim:${other} has a ${board}. `) +
            "boctl devices --boards lists the boards.",
      });
    }
    throw error;
  }
}

async function live(): Promise<Kernel> {
  const { openLiveKernel } = await import("../ffi/live_kernel.ts");
  const kernel = openLiveKernel();
  try {
    // The first call loads the C library: whether it can be had is told before a command begins.
    void kernel.identity.release;
    return kernel;
  } catch (error) {
    if (error instanceof Error && error.name === "LibcError") throw new NoDevice(error.message);
    throw error;
  }
}

/**
 * The board with a device of that driver: the one of that name, else the one with the fewest other
 * devices, which is no mirror of a test machine.
 */
async function boardWith(driver: string): Promise<string | undefined> {
  const { listBoards, loadBoard } = await import("../sim/board.ts");
  const names = listBoards().map(({ name }) => name);
  if (names.includes(driver)) return driver;
  const counts = names.map((name) => ({ name, devices: loadBoard(name).devices }))
    .filter(({ devices }) => devices.some((device) => device.driver === driver))
    .map(({ name, devices }) => ({ name, count: devices.length }));
  // Stable: of equals the first.
  return counts.toSorted((a, b) => a.count - b.count)[0]?.name;
}

/** `sim:BOARD`, `sim:BOARD/DEVICE` or `sim:FILE.json`, each perhaps with `@KERNEL`. */
function splitBoard(spec: string): { readonly board: string; readonly device?: string } {
  const rest = spec.slice(SIM.length);
  const slash = rest.indexOf("/");
  return /\.json(@[^/]*)?$/.test(rest) || slash < 0
    ? { board: rest }
    : { board: rest.slice(0, slash), device: rest.slice(slash + 1) };
}

/**
 * Opens the kernel that was chosen, by the rules of fallback: the simulator stands in only where no
 * device is named or a bare driver name fits no node, with a notice; never for a path.
 * @throws {UsageError} when device and backend contradict each other
 * @throws {NoDevice} when a named device does not exist
 */
export async function openWorkspace(choice: Choice): Promise<Workspace> {
  const { device, backend, notice } = choice;
  const on = (kernel: Kernel, spec: string | undefined): Workspace =>
    new Workspace(restartingKernel(choice.wrap?.(kernel) ?? kernel), spec, notice);
  if (device?.startsWith(SIM)) {
    if (backend === "live") {
      throw new UsageError(`--device ${device} is simulated, --backend live forbids that`, {
        word: device,
      });
    }
    const { board, device: inBoard } = splitBoard(device);
    return on(await simulated(board), inBoard);
  }
  const bare = device === undefined || /^[A-Za-z0-9_-]+$/.test(device);
  if (backend === "sim") {
    if (!bare) {
      throw new UsageError(`--backend sim: "${device}" names a live device`, {
        hint: "Name a board: --device sim:panthor.",
      });
    }
    const board = device === undefined ? STAND_IN : await boardWith(device);
    if (board === undefined) {
      throw new NoDevice(`no simulated board has a device "${device}"`, {
        hint: "boctl devices --boards lists the boards.",
      });
    }
    return on(await simulated(board), device);
  }
  if (backend !== undefined && backend !== "live") {
    throw new UsageError(`BOCTL_BACKEND: "${backend}" is neither live nor sim`);
  }
  const kernel = await (choice.openLive ?? live)();
  const machine = (): Workspace => on(kernel, device);
  if (!bare || backend === "live" || choice.noFallback === true) return machine();
  const nothingHere = listNodePaths(kernel).length === 0;
  if (device === undefined) {
    if (!nothingHere || listHeaps(kernel).length > 0 || hasUdmabuf(kernel)) return machine();
    kernel.dispose();
    notice(
      `no DRM device here: using the simulated board sim:${STAND_IN} ` +
        `(--backend live forbids that, --device names a device)`,
    );
    return on(await simulated(STAND_IN), undefined);
  }
  try {
    await resolveDevice(kernel, device);
    return machine();
  } catch (error) {
    const missing = error instanceof NoDevice && error.errno === errno.ENOENT;
    const board = missing && nodePath(device) === undefined ? await boardWith(device) : undefined;
    kernel.dispose();
    if (board === undefined) throw error;
    notice(
      `no live device "${device}" here: using the simulated board sim:${board} ` +
        `(--backend live forbids that)`,
    );
    return on(await simulated(board), device);
  }
}
