/**
 * What a workspace holds by name, in the words of an accounting kernel: what is open and has no name
 * is half-made, what has a name and is not open was pulled away.
 *
 * @module
 */
import type { Device, Held } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** The names of a device's buffers by handle: of the buffers, not of the device's own notes. */
function handlesOf(device: Device, all: readonly Held[]): ReadonlyMap<number, readonly string[]> {
  const names = new Map<number, string[]>();
  for (const held of all) {
    if (held.kind !== "buffer" || held.device !== device) continue;
    names.set(held.handle, [...names.get(held.handle) ?? [], held.name]);
  }
  return names;
}

/** The device's notes of who uses its handles, as text that can be compared. */
function notes(handles: ReadonlyMap<number, Iterable<string>>): string {
  return [...handles].map(([handle, names]) => `${handle}: ${[...names].sort().join(", ")}`)
    .sort().join("; ");
}

function linesOf(held: Held, all: readonly Held[]): readonly string[] {
  switch (held.kind) {
    case "device": {
      const vm = held.scratch.get("exclusive-vm");
      return [
        `descriptor ${held.fd}`,
        // A handle that is a mapping is held as one, and so is what the driver maps for itself.
        ...[...held.mappings.values()].map(({ length }) => `mapping of ${length} bytes`),
        ...[...handlesOf(held, all).keys()].filter((handle) => !held.mappings.has(handle))
          .map((handle) => `GEM handle ${handle} of ${held.path}`),
        ...(vm === undefined ? [] : [`VM ${vm} of ${held.path}`]),
      ];
    }
    case "buffer":
      return held.importedFrom === undefined ? [] : [`descriptor ${held.importedFrom.fd}`];
    case "dma-buf":
      return [`descriptor ${held.fd}`];
    case "mapping":
      return [`mapping of ${held.mapping.length} bytes`];
  }
}

/** A line of `leaks()` without what a workspace does not know: who made it, and a file's name. */
function reduced(leak: string): string {
  return leak
    .replace(/^(descriptor \d+): .*$/s, "$1")
    .replace(/^mapping \d+: (\d+ bytes) of .*$/s, "mapping of $1")
    .replace(/ \([^()]*\)$/, "");
}

/** `a` without one of each of `b`. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const left = [...b];
  return a.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/**
 * Where what is open differs from what is held by name, one line each; nothing where they agree.
 * @param open what the accounting kernel has open: its `leaks()`
 */
export function heldDifferences(workspace: Workspace, open: readonly string[]): readonly string[] {
  const named = [
    ...workspace.held.flatMap((held) => linesOf(held, workspace.held)),
    ...workspace.adopted.map((fd) => `descriptor ${fd}`),
  ];
  const opened = open.map(reduced);
  const devices = workspace.held.filter((held): held is Device => held.kind === "device");
  return [
    ...devices.flatMap((device) => {
      const [noted, held] = [notes(device.handles), notes(handlesOf(device, workspace.held))];
      return noted === held ? [] : [`${device.name} notes handles "${noted}", held are "${held}"`];
    }),
    ...without(opened, named).map((line) => `open without a name: ${line}`),
    ...without(named, opened).map((line) => `held, but not open: ${line}`),
  ];
}
