/**
 * What a script requires of the place it runs at: `require driver panthor`.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import { NoDevice, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { deviceFor } from "../workspace/devices.ts";
import type { Device } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { capabilities, type Capability } from "./_capabilities.ts";

/** Why a device does not meet a requirement, or undefined. */
type Unmet = (workspace: Workspace, device: Device) => Promise<string | undefined>;

/** A requirement, read. */
export type Requirement =
  | { readonly kind: "backend"; readonly backend: "live" | "sim" }
  | { readonly kind: "kernel"; readonly major: number; readonly minor: number }
  | {
    readonly kind: "device";
    /** The device, where it is not the workspace's own. */
    readonly on: string | undefined;
    readonly unmet: Unmet;
  }
  | { readonly kind: "machine"; readonly unmet: (workspace: Workspace) => string | undefined };

const usage = "require takes driver NAME, capability NAME, coherent, non-coherent, " +
  "backend live|sim, or kernel >= X.Y; --on DEVICE after the first four.";

function wrong(message: string, word?: string, hint = usage): UsageError {
  return new UsageError(`require: ${message}`, { hint, ...(word === undefined ? {} : { word }) });
}

function capabilityNamed(name: string): Capability {
  const found = Object.hasOwn(capabilities, name) ? capabilities[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(capabilities);
  throw wrong(
    `no capability is called "${name}"`,
    name,
    `${didYouMean(name, names)}There are: ${names.join(", ")}.`,
  );
}

/** Takes `--on DEVICE` off the end. */
function splitOn(words: readonly string[]): readonly [readonly string[], string | undefined] {
  const at = words.findIndex((word) => word === "--on" || word.startsWith("--on="));
  if (at < 0) return [words, undefined];
  const joined = words[at]?.startsWith("--on=") === true;
  const on = joined ? words[at]?.slice("--on=".length) : words[at + 1];
  const after = words[at + (joined ? 1 : 2)];
  if (on === undefined || on === "") throw wrong("--on needs a value: DEVICE", words[at]);
  if (after !== undefined) throw wrong(`"${after}" is one word too many`, after);
  return [words.slice(0, at), on];
}

function parseKernel(operator: string, version: string): Requirement {
  if (operator !== ">=") throw wrong(`kernel: "${operator}" is not >=`, operator);
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})$/.exec(version) ?? [];
  if (major === undefined || minor === undefined) {
    throw wrong(`kernel: "${version}" is not X.Y`, version);
  }
  return { kind: "kernel", major: Number(major), minor: Number(minor) };
}

/** How many words follow each kind. */
const lengths: Readonly<Record<string, number>> = {
  driver: 1,
  capability: 1,
  coherent: 0,
  "non-coherent": 0,
  backend: 1,
  kernel: 2,
};

function unmetDriver(name: string): Unmet {
  return (_workspace, device) =>
    Promise.resolve(
      device.version.name === name
        ? undefined
        : `${device.path} is driven by ${device.version.name}, not ${name}`,
    );
}

function unmetCoherency(wanted: "coherent" | "non-coherent"): Unmet {
  return (_workspace, device) => {
    const told = device.driver.coherency(device);
    const coherent = told === "coherent" || told === "io-coherent";
    const met = wanted === "coherent" ? coherent : told === "non-coherent";
    return Promise.resolve(met ? undefined : `${device.name} is ${told}, not ${wanted}`);
  };
}

/**
 * Reads the words after `require`.
 * @throws {UsageError} naming the word that is wrong
 */
export function parseRequirement(all: readonly string[]): Requirement {
  const [words, on] = splitOn(all);
  const [kind = "", first = "", second = ""] = words;
  const length = Object.hasOwn(lengths, kind) ? lengths[kind] : undefined;
  if (kind === "") throw wrong("what is required must follow");
  if (length === undefined) throw wrong(`"${kind}" is nothing that can be required`, kind);
  if (words.length < length + 1) throw wrong(`${kind}: a word is missing`, kind);
  const extra = words[length + 1];
  if (extra !== undefined) throw wrong(`"${extra}" is one word too many`, extra);
  const capability = kind === "capability" ? capabilityNamed(first) : undefined;
  if (capability !== undefined && "ofMachine" in capability) {
    if (on !== undefined) throw wrong(`${first} is no device's: --on says nothing`, on);
    const { ofMachine } = capability;
    return { kind: "machine", unmet: ofMachine };
  }
  if (capability !== undefined) return { kind: "device", on, unmet: capability.unmet };
  if (kind === "driver") return { kind: "device", on, unmet: unmetDriver(first) };
  if (kind === "coherent" || kind === "non-coherent") {
    return { kind: "device", on, unmet: unmetCoherency(kind) };
  }
  if (on !== undefined) throw wrong(`${kind} is no device's: --on says nothing`, on);
  if (kind === "kernel") return parseKernel(first, second);
  if (first !== "live" && first !== "sim") {
    throw wrong(`backend: "${first}" is neither live nor sim`, first);
  }
  return { kind: "backend", backend: first };
}

/**
 * Why a requirement is not met here, or undefined.
 * @throws {NoDevice} when the device is there and may not be opened
 */
export async function unmet(
  workspace: Workspace,
  requirement: Requirement,
): Promise<string | undefined> {
  const { identity } = workspace.kernel;
  switch (requirement.kind) {
    case "backend":
      return identity.backend === requirement.backend
        ? undefined
        : `the backend is ${identity.backend}`;
    case "kernel": {
      const [, major, minor] = /^(\d+)\.(\d+)/.exec(identity.release) ?? [];
      const newer = Number(major) > requirement.major ||
        (Number(major) === requirement.major && Number(minor) >= requirement.minor);
      return newer ? undefined : `the kernel is ${identity.release}`;
    }
    case "machine":
      return requirement.unmet(workspace);
    case "device": {
      let device: Device;
      try {
        device = await deviceFor(workspace, requirement.on);
      } catch (error) {
        // A device that is there but closed to the user is no reason to skip.
        if (error instanceof NoDevice && error.errno === errno.ENOENT) return error.message;
        throw error;
      }
      return await requirement.unmet(workspace, device);
    }
  }
}
