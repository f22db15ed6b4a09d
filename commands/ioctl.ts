/** @module */
import { HEAP_DIRECTORY } from "../drivers/dma_heap.ts";
import { UDMABUF_PATH } from "../drivers/udmabuf.ts";
import { KernelRefusal, UsageError } from "../errors.ts";
import { retriedIoctl } from "../ffi/call.ts";
import { O_RDWR } from "../ffi/constants.ts";
import {
  describe,
  findIoctl,
  formatFields,
  type JsonValue,
  parseRequest,
} from "../ffi/describe.ts";
import { type Effect, effectsOf } from "../ffi/ioctl_effects.ts";
import type { UapiTable } from "../ffi/ioctl.ts";
import { isError } from "../ffi/kernel.ts";
import { tables } from "../ffi/uapi/_index.ts";
import { adoptDmaBuf } from "../workspace/buffers.ts";
import { deviceFor, explainOpen } from "../workspace/devices.ts";
import type { Device, DmaBuf } from "../workspace/objects.ts";
import { noteRawCall } from "../workspace/raw_calls.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { defineCommand, type Result } from "./command.ts";

/** A file to call, which tables apply to it, and whether it is closed again. */
interface Target {
  readonly fd: number;
  readonly name: string;
  readonly tables: readonly string[];
  readonly close: () => void;
  /** What it is to the workspace, if it is held. */
  readonly held?: Device | DmaBuf;
}

function opened(workspace: Workspace, path: string, table: string): Target {
  const { kernel } = workspace;
  const fd = kernel.open(path, O_RDWR);
  if (isError(fd)) throw explainOpen(kernel, path, fd);
  return { fd, name: path, tables: [table], close: () => void kernel.close(fd) };
}

async function targetOf(workspace: Workspace, word: string): Promise<Target> {
  const held = workspace.find(word);
  const keep = (): void => {};
  if (held?.kind === "dma-buf") {
    return { fd: held.fd, name: word, tables: ["dma-buf"], close: keep, held };
  }
  if (held !== undefined && held.kind !== "device") {
    throw new UsageError(`ioctl: "${word}" is a ${held.kind}: name a device or a dma-buf`, {
      word,
    });
  }
  if (word === "udmabuf" || word === UDMABUF_PATH) {
    return opened(workspace, UDMABUF_PATH, "udmabuf");
  }
  if (word.startsWith("heap:")) {
    return opened(workspace, `${HEAP_DIRECTORY}/${word.slice(5)}`, "dma-heap");
  }
  if (word.startsWith(`${HEAP_DIRECTORY}/`)) return opened(workspace, word, "dma-heap");
  const device = await deviceFor(workspace, word === "." ? undefined : word);
  return {
    fd: device.fd,
    name: device.name,
    tables: device.family.tables(device.version.name),
    close: keep,
    held: device,
  };
}

/** Handles, descriptors and addresses of what is held stand as `%NAME` or `%NAME+BYTES` in values. */
function substituted(workspace: Workspace, text: string): string {
  return text.replace(/%([A-Za-z_][A-Za-z0-9_.-]*)(\+\d+)?/g, (whole, name: string, more = "") => {
    const held = workspace.find(name);
    if (held?.kind === "buffer") return String(BigInt(held.handle) + BigInt(more));
    if (held?.kind === "mapping") return String(held.mapping.address + BigInt(more));
    if (held?.kind === "dma-buf" || held?.kind === "device") return `${held.fd}${more}`;
    throw new UsageError(
      `ioctl: ${whole}: no buffer, dma-buf, mapping or device is named "${name}"`,
      {
        word: text,
      },
    );
  });
}

function fieldsOf(workspace: Workspace, words: readonly string[]): Record<string, unknown> {
  if (words.length === 1 && words[0]?.trimStart().startsWith("{")) {
    try {
      return JSON.parse(substituted(workspace, words[0]));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new UsageError(`ioctl: the fields are not JSON: ${error.message}`, { word: words[0] });
    }
  }
  const fields = new Map<string, unknown>();
  for (const word of words) {
    const equals = word.indexOf("=");
    if (equals <= 0) {
      throw new UsageError(`ioctl: "${word}" is not FIELD=VALUE`, { word });
    }
    const name = word.slice(0, equals);
    if (fields.has(name)) {
      throw new UsageError(`ioctl: "${name}" is given twice`, { word });
    }
    fields.set(name, substituted(workspace, word.slice(equals + 1)));
  }
  return Object.fromEntries(fields);
}

/** Tables that apply, and the call; what fits no table of the file is found in all of them. */
function found(name: string, names: readonly string[], any: boolean): ReturnType<typeof findIoctl> {
  const own: readonly UapiTable[] = tables.filter((table) => names.includes(table.name));
  try {
    return findIoctl(name, any ? tables : own);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`ioctl: ${error.message}`, {
      word: name,
      ...(any ? {} : { hint: "--any-table finds calls of other drivers and files, too." }),
    });
  }
}

/** Descriptors that a raw call returned are held, so that they are closed with the workspace. */
function adoptDescriptors(
  workspace: Workspace,
  call: string,
  effects: readonly Effect[],
): readonly string[] {
  const names: string[] = [];
  for (const effect of effects) {
    if (effect.effect !== "descriptor") continue;
    if (effect.kind === "dma-buf") names.push(adoptDmaBuf(workspace, effect.id, call).name);
    else workspace.adopt(effect.id);
  }
  return names;
}

/** The GEM handle that an argument names. */
function handleIn(fields: JsonValue): number | undefined {
  const handle = typeof fields === "object" && fields !== null && "handle" in fields
    ? fields.handle
    : undefined;
  return typeof handle === "number" ? handle : undefined;
}

export const command = defineCommand({
  name: "ioctl",
  summary: "any call of the tables, as it is",
  group: "devices",
  arguments: [
    {
      name: "DEV",
      help: "a device, a dma-buf held by name, heap:NAME, udmabuf, or . for the default",
    },
    { name: "NAME", help: "DRM_IOCTL_PANTHOR_BO_SYNC, panthor.BO_SYNC or BO_SYNC" },
    {
      name: "FIELD=VALUE",
      help: "fields of the structure, or one JSON object",
      many: true,
      optional: true,
    },
  ],
  options: {
    "any-table": { type: "flag", help: "a call of another driver's table, sent all the same" },
  },
  details: `Values are numbers, sizes, flag names (WB_MMAP|NO_MMAP), "text", hex:00ff,
@null, @0x10 (a raw address, for EFAULT), [a=1,b=2;a=3] for arrays of structures.
%NAME stands for the handle of a held buffer, the descriptor of a dma-buf or the
address of a mapping; %NAME+64 for an address (of a kbase buffer, too) 64 bytes on.
@size=N changes the argument size in the request code. Nothing is checked but
the form: what the other commands would refuse goes to the kernel.`,
  examples: [
    { line: "--device sim:panthor ioctl . DRM_IOCTL_GET_CAP capability=PRIME", shows: "value=3" },
    {
      line: "--device sim:panthor create --size 4KiB --as a , ioctl . BO_QUERY_INFO handle=%a",
      shows: "what the kernel reads back",
    },
  ],
  async run({ workspace }, { options, words }): Promise<Result> {
    const [dev = "", name = "", ...rest] = words;
    const target = await targetOf(workspace, dev);
    try {
      const { definition, table } = found(name, target.tables, options["any-table"]);
      const fields = fieldsOf(workspace, rest);
      let request;
      try {
        request = parseRequest(definition, fields as Parameters<typeof parseRequest>[1]);
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) {
          throw new UsageError(`ioctl: ${error.message}`);
        }
        throw error;
      }
      const { argument } = request;
      const sent = describe(definition, argument);
      const handle = handleIn(sent);
      const before = typeof argument === "bigint"
        ? undefined
        : { ...argument, bytes: argument.bytes.slice() };
      const result = retriedIoctl(workspace.kernel, target.fd, request.code, argument);
      workspace.journal.add({
        kind: "ioctl",
        device: target.name,
        name: definition.name,
        result,
        ...(handle === undefined ? {} : { handle }),
      });
      if (isError(result)) {
        throw new KernelRefusal(definition.name, target.name, result, {
          hint: `Sent: ${formatFields(definition, request.argument, "in")}`,
        });
      }
      if (target.held !== undefined) noteRawCall(workspace, target.held, definition.name, sent);
      const adopted = before === undefined || typeof argument === "bigint" ? [] : adoptDescriptors(
        workspace,
        definition.name,
        effectsOf(definition, before, argument, result),
      );
      return {
        data: {
          adopted,
          call: definition.name,
          table: table.name,
          code: `0x${request.code.toString(16)}`,
          on: target.name,
          result,
          fields: describe(definition, request.argument),
        },
        text: [
          `${definition.name} = ${result}`,
          formatFields(definition, argument, "out"),
          ...adopted.map((name) => `${name}: the dma-buf that it returned`),
        ].join("\n"),
      };
    } finally {
      target.close();
    }
  },
});
