/**
 * The comment on top of a C file.
 *
 * @module
 */
import { plural } from "../output/plural.ts";
import type { TraceEntry } from "../trace/format.ts";
import { comment, paragraphs } from "./c_text.ts";
import type { Program } from "./program.ts";
import type { Source } from "./source.ts";

/** `8 more commands, 2 of them with an expectation`. */
export function restText(left: readonly string[]): string {
  const expecting = left.filter((command) => command.startsWith("expect ")).length;
  return plural(left.length, "more command") +
    // A trace does not tell what its script expected.
    (expecting === 0 ? "" : `, ${expecting} with an expectation`);
}

/** The nodes that a trace was recorded on. */
function nodesText(entries: readonly TraceEntry[], program: Program): string[] {
  const nodes = new Set<string>();
  for (const entry of entries) {
    if (entry.call !== "open" || entry.node === undefined) continue;
    if (!program.descriptors.has(String(entry.result))) continue;
    const { driver, version, kind, index } = entry.node;
    nodes.add(`${driver} ${version} (${kind} node ${index} of that driver)`);
  }
  return nodes.size === 0 ? [] : [`Recorded with ${[...nodes].join(", ")}.`];
}

/** The head of a file. @param left commands that it does not do */
export function head(
  source: Source,
  program: Program,
  left: readonly string[],
  exits: string,
): string[] {
  const { boctl, on } = source.header;
  const { story } = source;
  return comment([
    ...(story.length > 0 ? [story[0] ?? "", ...paragraphs(story.slice(1)), ""] : []),
    `Written by boctl ${boctl} (emit-c) from ${source.name}. The answers compared with are those of ` +
    `${on.backend === "live" ? "a live kernel" : on.kernel}, Linux ${on.release} on ${on.arch}.`,
    ...nodesText(source.entries, program),
    ...(left.length === 0 ? [] : [
      "",
      `INCOMPLETE: what devices do to memory only boctl's simulator shows. This program ends as ` +
      `skipped at the first such command; ${restText(left)} would follow, see the end.`,
    ]),
    "",
    exits,
  ]);
}
