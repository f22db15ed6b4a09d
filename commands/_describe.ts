/**
 * What several commands say of a buffer object or a dma-buf.
 *
 * @module
 */
import { escapeText } from "../output/escape.ts";
import { formatSize } from "../syntax/size.ts";
import type { Buffer, DmaBuf } from "../workspace/objects.ts";

/** What every answer about a buffer object says of it. */
export function bufferData(buffer: Buffer): Record<string, unknown> {
  const { device } = buffer;
  return {
    name: buffer.name,
    kind: "buffer",
    device: device.name,
    driver: device.version.name,
    handle: buffer.handle,
    size: buffer.size,
    caching: buffer.caching,
    private: buffer.private,
    imported: buffer.imported,
    ...(buffer.unmapped === undefined ? {} : { unmapped: buffer.unmapped }),
    ...(buffer.placement === undefined ? {} : { placement: buffer.placement }),
  };
}

/** A dma-buf as data and as one line. */
export function describeDmaBuf(
  dmaBuf: DmaBuf,
): { readonly data: Record<string, unknown>; readonly text: string } {
  const { facts } = dmaBuf;
  return {
    data: {
      name: dmaBuf.name,
      kind: "dma-buf",
      from: dmaBuf.from,
      origin: dmaBuf.origin,
      fd: dmaBuf.fd,
      size: facts.size,
      mode: facts.mode,
      inode: facts.inode.toString(),
      exporter: facts.exporter,
      ...(facts.label === "" ? {} : { label: facts.label }),
      caching: dmaBuf.caching,
    },
    text: `dma-buf of ${dmaBuf.origin}, ${formatSize(facts.size)}, ` +
      `${facts.mode === "rw" ? "read-write" : "read-only"}, inode ${facts.inode}` +
      (facts.exporter === "" ? "" : `, exporter ${escapeText(facts.exporter)}`) +
      (facts.label === "" ? "" : `, labelled "${escapeText(facts.label)}"`),
  };
}
