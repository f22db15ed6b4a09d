/**
 * What several commands say of a dma-buf.
 *
 * @module
 */
import { escapeText } from "../output/escape.ts";
import { formatSize } from "../syntax/size.ts";
import type { DmaBuf } from "../workspace/objects.ts";

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
