/** @module */
import type { Device } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** `live, vgem 1.0` or `sim:qemu, vgem 1.0`: who answered, for every summary. */
export function whoAnswered(workspace: Workspace): string {
  const { identity } = workspace.kernel;
  const devices = workspace.held.filter((held): held is Device => held.kind === "device")
    .map(({ version }) => `${version.name} ${version.major}.${version.minor}`);
  const name = identity.backend === "live" ? `live, Linux ${identity.release}` : identity.name;
  return [name, ...new Set(devices)].join(", ");
}
