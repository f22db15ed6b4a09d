/**
 * What a call made by its own name means to the journal: a sync is a sync, whoever makes it.
 *
 * @module
 */
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { dmaBuf as uapi } from "../ffi/uapi/dma_buf.ts";
import { memoryOf } from "./maps.ts";
import type { Buffer, Device, DmaBuf } from "./objects.ts";
import type { Workspace } from "./workspace.ts";

function noteBracket(workspace: Workspace, dmaBuf: DmaBuf, fields: JsonValue): void {
  if (!isRecord(fields)) return;
  const { flags = null } = fields;
  const bits = Number(isRecord(flags) ? flags.raw : flags);
  const { DMA_BUF_SYNC_END, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE } = uapi.constants;
  const reads = (bits & DMA_BUF_SYNC_READ) !== 0;
  const writes = (bits & DMA_BUF_SYNC_WRITE) !== 0;
  workspace.journal.add({
    kind: "bracket",
    edge: (bits & DMA_BUF_SYNC_END) === 0 ? "begin" : "end",
    dmaBuf: dmaBuf.name,
    memory: memoryOf(workspace, dmaBuf),
    access: reads && writes ? "rw" : writes ? "w" : "r",
  });
}

function noteSyncs(workspace: Workspace, device: Device, name: string, fields: JsonValue): void {
  for (const { handle, effect, range } of device.driver.rawSyncs?.(name, fields) ?? []) {
    const buffer = workspace.held.find((held): held is Buffer =>
      held.kind === "buffer" && held.device === device && held.handle === handle
    );
    if (buffer === undefined) continue;
    workspace.journal.add({
      kind: "sync",
      of: buffer.name,
      memory: memoryOf(workspace, buffer),
      device: device.name,
      effect,
      asked: [range],
      touched: [range],
      caching: buffer.caching,
    });
  }
}

/**
 * Notes the cache maintenance of a call that succeeded; of what no name holds, nothing.
 * @param fields of the argument that was sent, as `describe()` has them
 */
export function noteRawCall(
  workspace: Workspace,
  target: Device | DmaBuf,
  name: string,
  fields: JsonValue,
): void {
  if (target.kind === "device") noteSyncs(workspace, target, name, fields);
  else if (name === "DMA_BUF_IOCTL_SYNC") noteBracket(workspace, target, fields);
}
