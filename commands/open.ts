/** @module */
import { openDevice } from "../workspace/devices.ts";
import { defineCommand, type Result } from "./command.ts";
import { escapeText } from "../output/escape.ts";
import { UsageError } from "../errors.ts";

export const command = defineCommand({
  name: "open",
  summary: "open a further device of this kernel",
  group: "devices",
  arguments: [{ name: "DEVICE", help: "path, driver name, sysfs path or compatible" }],
  options: {
    as: { type: "text", value: "NAME", help: "the name for --on (else the driver's)" },
  },
  examples: [
    {
      line: "--device sim:qemu open cirrus --as display , create --size 4KiB --on display",
      shows: "a buffer on a second device",
    },
  ],
  holds: () => true,
  async run({ workspace }, { options, words }): Promise<Result> {
    const spec = words[0] ?? "";
    if (spec.startsWith("sim:")) {
      throw new UsageError(`open: "${spec}": a workspace has one kernel`, {
        word: spec,
        hint: "Choose it for the whole command: boctl --device sim:BOARD …",
      });
    }
    // A bad name is a usage error: found before any call is made.
    if (options.as !== undefined) workspace.nameFor("device", options.as);
    const device = await openDevice(workspace, spec, options.as);
    const { version } = device;
    return {
      data: {
        name: device.name,
        kind: "device",
        path: device.path,
        driver: version.name,
        version: `${version.major}.${version.minor}.${version.patch}`,
        node: device.node,
        coherency: device.driver.coherency(device),
      },
      text: `${device.name}: ${device.path}, ${escapeText(version.name)} ` +
        `${version.major}.${version.minor}.${version.patch}, ${device.node} node`,
    };
  },
});
