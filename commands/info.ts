/** @module */
import { readDmaBuf } from "../drivers/dma_buf.ts";
import { flagNamesOf } from "../drivers/flags.ts";
import { formatTable } from "../output/table.ts";
import { formatSize } from "../syntax/size.ts";
import { booksOf } from "../workspace/device_side.ts";
import { memoryOf } from "../workspace/maps.ts";
import type { Buffer, Device } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { bufferData, describeDmaBuf } from "./_describe.ts";
import { defineCommand, type Result } from "./command.ts";

function rows(pairs: readonly (readonly [string, string])[]): string {
  return formatTable(pairs.map(([key, value]) => [`${key}:`, value]));
}

function deviceInfo(device: Device): Result {
  const { version, driver } = device;
  const coherency = driver.coherency(device);
  return {
    data: {
      name: device.name,
      kind: "device",
      path: device.path,
      driver: version.name,
      version: `${version.major}.${version.minor}.${version.patch}`,
      description: version.description,
      node: device.node,
      coherency,
      code: driver.name,
    },
    text: rows([
      ["device", `${device.name}, ${device.path} (${device.node} node)`],
      ["driver", `${version.name} ${version.major}.${version.minor}.${version.patch}`],
      ["coherency", coherency],
      ["buffers", driver.summary],
      ["sync", Object.keys(driver.syncOps).join(", ") || "no call of its own"],
    ]),
  };
}

function bufferInfo(workspace: Workspace, buffer: Buffer): Result {
  const { device } = buffer;
  const asked = flagNamesOf(device.driver.flagNames, buffer.flagWord);
  const queried = device.driver.query?.(device, buffer.handle) ?? {};
  const books = booksOf(workspace, memoryOf(workspace, buffer));
  const sharers = [...device.handles.get(buffer.handle) ?? []].filter((n) => n !== buffer.name);
  const from = buffer.importedFrom;
  const pairs: [string, string][] = [
    [
      "buffer",
      `${buffer.name}, ${device.family.formatHandle(buffer.handle)} of ${device.name} ` +
      `(${device.path})`,
    ],
    ["size", `${formatSize(buffer.size)} (${buffer.size} bytes)`],
    buffer.unmapped === undefined ? ["caching in effect", buffer.caching] : [
      "mapped for the CPU",
      `${
        buffer.unmapped.dmaBuf ? "through its dma-buf alone" : "by nothing"
      } (${buffer.unmapped.by})`,
    ],
    ["flags asked", asked.join(" ") || "none"],
  ];
  if (queried.createFlags !== undefined) {
    pairs.push(["kernel reads back", queried.createFlags.names.join(" ") || "no flags"]);
  }
  if (buffer.placement !== undefined) pairs.push(["placement asked", buffer.placement]);
  if (queried.placement !== undefined) pairs.push(["kernel says placement", queried.placement]);
  if (queried.size !== undefined) pairs.push(["kernel says size", formatSize(queried.size)]);
  if (queried.imported !== undefined) {
    pairs.push(["kernel says imported", queried.imported ? "yes" : "no"]);
  }
  if (queried.gpuAddress !== undefined) {
    pairs.push(["GPU address", `0x${queried.gpuAddress.toString(16)}`]);
  }
  if (from !== undefined) {
    pairs.push([
      "import of",
      `${from.name}: ${from.facts.mode === "rw" ? "read-write" : "read-only"}, inode ` +
      `${from.facts.inode}`,
    ]);
  }
  if (buffer.private) pairs.push(["private", "yes: cannot be exported"]);
  if (sharers.length > 0) pairs.push(["same handle", sharers.join(", ")]);
  if (books !== undefined) {
    pairs.push([
      "books",
      `${books.bytesAsked} bytes synced, ${books.linesTouched} lines touched, ` +
      `${books.linesCleaned} cleaned, ${books.linesInVain} in vain, ` +
      `${books.staleBytesReadByDevice} stale bytes read by the device`,
    ]);
  }
  return {
    data: {
      ...bufferData(buffer),
      flagsAsked: { raw: buffer.flagWord, names: asked },
      kernelReadsBack: queried,
      sameHandle: sharers,
      ...(books === undefined ? {} : { books }),
      ...(from === undefined ? {} : {
        importedFrom: {
          name: from.name,
          mode: from.facts.mode,
          inode: from.facts.inode.toString(),
          exporter: from.facts.exporter,
        },
      }),
    },
    text: rows(pairs),
  };
}

export const command = defineCommand({
  name: "info",
  summary: "one thing in full: flags asked, caching in effect, what the kernel reads back",
  group: "buffers",
  arguments: [{ name: "NAME", help: "what is held by that name" }],
  options: {},
  examples: [
    {
      line: "--device sim:panthor create --size 4KiB --cached --as a , info a",
      shows: "WB_MMAP as BO_QUERY_INFO tells it",
    },
  ],
  run({ workspace }, { words }): Result {
    const object = workspace.get(words[0] ?? "");
    switch (object.kind) {
      case "device":
        return deviceInfo(object);
      case "buffer":
        return bufferInfo(workspace, object);
      case "dma-buf": {
        // Read again: a label may have been set since.
        const facts = readDmaBuf(workspace.kernel, object.fd, object.name);
        const { data, text } = describeDmaBuf({ ...object, facts });
        return { data: { ...data }, text: `${object.name}: ${text}, caching ${object.caching}` };
      }
      case "mapping":
        return {
          data: {
            name: object.name,
            kind: "mapping",
            of: object.of,
            via: object.via,
            size: object.mapping.length,
            caching: object.caching,
          },
          text: `${object.name}: mapping of ${object.of} through its ${object.via}, ` +
            `${formatSize(object.mapping.length)}, caching ${object.caching}`,
        };
    }
  },
});
