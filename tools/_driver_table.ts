/**
 * The table of drivers, as README.md has it: what is simulated, what is built for live devices, what
 * the live tests run on real kernels; from the code's own lists.
 *
 * @module
 */
import { drivers } from "../drivers/_index.ts";
import { listBoards } from "../sim/board.ts";
import { drivers as simulated } from "../sim/drivers/_index.ts";
import { MACHINES } from "../vm/machines/mod.ts";

/** Boards named in a row; a driver on more of them says so. */
const BOARDS_NAMED = 3;

/** The boards that have a driver's devices: `sim:am62`, those that are mostly about it first. */
function boardsOf(driver: string): string {
  const fit = listBoards().filter(({ devices }) => devices.some((one) => one.driver === driver))
    .sort((a, b) => a.devices.length - b.devices.length);
  const names = fit.slice(0, BOARDS_NAMED).map(({ name }) => `\`sim:${name}\``);
  if (fit.length > names.length) names.push("…");
  return names.join(", ");
}

/** Releases of the kernels whose guests have a node of the driver: `6.12, 7.2`. */
function kernelsOf(driver: string): string {
  const fit = MACHINES.filter(({ nodes }) => nodes.some((node) => node.driver === driver));
  const series = [...new Set(fit.map(({ kernel }) => kernel.series))];
  return series.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).join(", ");
}

/** Rows, head first: driver, what it has, simulated, live, run on a real kernel. */
export async function driverRows(): Promise<string[][]> {
  const real = Object.values(simulated).filter(({ invented }) => invented !== true);
  const names = new Set([...Object.keys(drivers), ...real.map(({ name }) => name)]);
  names.delete("dumb");
  const rows = [...names].sort().map(async (name) => {
    const own = await drivers[name]?.();
    const kernels = kernelsOf(name);
    return [
      name,
      own?.summary ?? simulated[name]?.summary ?? "dumb buffers",
      simulated[name] === undefined ? "no" : boardsOf(name) || "yes",
      own === undefined ? "as dumb buffers" : "built",
      kernels === "" ? "never run" : `Linux ${kernels} in QEMU`,
    ];
  });
  return [
    ["driver", "what it has", "simulated", "live", "run on a real kernel"],
    ...await Promise.all(rows),
  ];
}
