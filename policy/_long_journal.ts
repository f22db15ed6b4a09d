/**
 * A journal of any length, made as it is read: a program that makes a cached buffer, exports it,
 * works on it with the right syncs through both of its maps, and lets it go, again and again.
 *
 * @module
 */
import type { EventBody, JournalEvent } from "../workspace/journal.ts";
import {
  begins,
  created,
  deviceReads,
  ends,
  exported,
  mapped,
  nodeWrites,
  opened,
  reads,
  synced,
  writes,
} from "./_journal.ts";

/** Accesses of each buffer, a line each. */
const ACCESSES = 40;

function* aBuffer(n: number): Generator<EventBody> {
  const names = { memory: `m${n}` };
  yield created({ ...names, buffer: `bo${n}`, private: false });
  yield mapped({ ...names, of: `bo${n}`, map: `map${n}`, via: "node" });
  for (let i = 0; i < ACCESSES; i++) {
    const offset = (i * 7 % 64) * 64;
    yield nodeWrites(offset, 64, { ...names, of: `bo${n}`, map: `map${n}` });
    yield synced(offset, 64, { ...names, of: `bo${n}` });
    yield deviceReads(offset, 64, [], { ...names, of: `bo${n}` });
  }
  yield exported({ ...names, buffer: `bo${n}`, dmaBuf: `db${n}` });
  yield begins("rw", { ...names, dmaBuf: `db${n}` });
  yield reads(0, 64, names);
  yield writes(0, 64, names);
  yield ends("rw", { ...names, dmaBuf: `db${n}` });
  for (const [what, name] of [["mapping", "map"], ["dma-buf", "db"], ["buffer", "bo"]] as const) {
    yield { kind: "close", what, name: `${name}${n}`, memory: names.memory };
  }
}

/** The first `length` entries of it. */
export function* longJournal(length: number): Generator<JournalEvent> {
  const at = { file: "long.boctl", line: 1, command: "long" };
  let seq = 0;
  yield { ...opened(), seq: seq++, at };
  for (let n = 0;; n++) {
    for (const body of aBuffer(n)) {
      if (seq >= length) return;
      yield { ...body, seq: seq++, at };
    }
  }
}

/** A program without ends and cleans, whose begins and buffers grow in number: `length` entries. */
export function* brokenOften(length: number): Generator<JournalEvent> {
  const at = { file: "broken.boctl", line: 1, command: "broken" };
  const bodies = function* (): Generator<EventBody> {
    const names = (n: number): { memory: string; of: string } => ({
      memory: `m${n}`,
      of: `bo${n}`,
    });
    const last = Math.floor(length / 6);
    yield opened();
    for (let n = 2; n <= last; n++) {
      yield begins("w");
      yield writes(n % 8 * 64, 4);
      yield created({ ...names(n), buffer: `bo${n}`, handle: n });
      yield nodeWrites(0, 4, names(n));
      yield deviceReads(0, 4, [], names(n));
    }
    for (let n = 2; n <= last; n++) {
      yield { kind: "close", what: "buffer", name: `bo${n}`, memory: `m${n}` };
    }
  };
  let seq = 0;
  for (const body of bodies()) yield { ...body, seq: seq++, at };
}
