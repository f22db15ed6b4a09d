/**
 * The journal of a trace: what boctl noted while it was recorded, as the rules of `policy/` judge it.
 *
 * @module
 */
import type { EventBody, JournalEvent, Source } from "../workspace/journal.ts";
import type { CommandEntry, EventEntry } from "./format.ts";
import type { Trace } from "./read.ts";

function sourceOf({ text, file, line }: Omit<CommandEntry, "call">): Source {
  return {
    command: text,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

/** Which identities are one memory: each leads to another until one leads nowhere. */
class Same {
  readonly #to = new Map<string, string>();

  join(from: string, to: string): void {
    const [a, b] = [this.find(from), this.find(to)];
    if (a !== b) this.#to.set(a, b);
  }

  find(memory: string): string {
    let last = memory;
    for (let next = this.#to.get(last); next !== undefined; next = this.#to.get(last)) last = next;
    // The next search is one step long.
    for (let one = memory; one !== last;) {
      const next = this.#to.get(one) ?? last;
      this.#to.set(one, last);
      one = next;
    }
    return last;
  }

  in<T extends EventBody>(event: T): T {
    return "memory" in event && event.memory !== undefined
      ? { ...event, memory: this.find(event.memory) }
      : event;
  }
}

/**
 * The events of a trace with their places, in order, memory under the identity that it had in the
 * end; none where it was recorded without them.
 */
export function journalOf(trace: Trace): JournalEvent[] {
  const same = new Same();
  const noted: { readonly body: EventBody; readonly at: Source }[] = [];
  let last: Source = { command: "" };
  const take = ({ event, at }: EventEntry): void => {
    if (event.kind === "same-memory") same.join(event.from, event.to);
    else noted.push({ body: event, at: at === undefined ? last : sourceOf(at) });
  };
  for (const { entry } of trace.lines) {
    if (entry.call === "command") last = sourceOf(entry);
    else if (entry.call === "event") take(entry);
  }
  return noted.map(({ body, at }, seq) => ({ ...same.in(body), seq, at }));
}
