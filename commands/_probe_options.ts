/**
 * The options of `policy-check --probe`, apart from what carries it out.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { OptionSpecs, ParsedOptions } from "./command.ts";

export const probeOptions = {
  on: {
    type: "text",
    value: "DEVICE",
    help: "probe this device, where it is not the workspace's own",
  },
  heap: { type: "text", value: "NAME", help: "probe a dma-heap" },
  udmabuf: { type: "flag", help: "probe /dev/udmabuf" },
  "allow-hazard": { type: "flag", help: "probe what can upset a kernel, too" },
} as const satisfies OptionSpecs;

/** They say something of a probe only. @throws {UsageError} */
export function needProbe(options: ParsedOptions<typeof probeOptions>): void {
  const given = Object.keys(probeOptions).find((name) => {
    const value = options[name as keyof typeof probeOptions];
    return value !== undefined && value !== false;
  });
  if (given === undefined) return;
  throw new UsageError(`--${given} is about --probe, which was not said`, { word: `--${given}` });
}
