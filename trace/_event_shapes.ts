/**
 * What the journal's entries must look like in a trace, so that rules can trust their types.
 *
 * @module
 */
import { isRecord } from "../ffi/json.ts";
import type { Caching, Coherency } from "../drivers/driver.ts";
import type { EventBody } from "../workspace/journal.ts";
import { type Check, check, integer, list, oneOf, problem, record, text } from "./_checks.ts";
import type { SameMemoryEvent } from "./format.ts";

/** A kind's fields, each with a check: one that is missing here is an error of the compiler's. */
type FieldChecks<E> = {
  readonly [
    K in Exclude<keyof E, "kind"> as Record<never, never> extends Pick<E, K> ? `${K & string}?`
      : K
  ]: Check;
};
type TracedEvent = EventBody | SameMemoryEvent;
type EventShapes = {
  readonly [K in TracedEvent["kind"]]: FieldChecks<Extract<TracedEvent, { readonly kind: K }>>;
};

const LONGEST_NAME = 4096;
/** A call of DMA_BUF or BO_SYNC takes far fewer ranges. */
const MOST_RANGES = 65_536;

const name = text(LONGEST_NAME);
const size = integer(0, Number.MAX_SAFE_INTEGER);
const truth = check("true or false", (value) => typeof value === "boolean");
const caching = oneOf(
  ...(["write-back", "write-combined", "uncached", "unknown"] satisfies Caching[]),
);
const coherency = oneOf(
  ...(["non-coherent", "io-coherent", "coherent", "unknown"] satisfies Coherency[]),
);
const mode = oneOf("ro", "rw");
const via = oneOf("node", "dma-buf");
const access = oneOf("read", "write");
const edge = oneOf("begin", "end");
const errno = integer(0, 4095);
/** A GEM handle, or an address (kbase). */
const handle = integer(0, Number.MAX_SAFE_INTEGER);
const range: Check = (value) =>
  record({ offset: size, length: size })(value) ??
    (isRecord(value) && Number.isSafeInteger(Number(value.offset) + Number(value.length))
      ? undefined
      : "a range that ends below 2^53");
const ranges = list(range, MOST_RANGES);
const books = record({
  linesTouched: size,
  linesCleaned: size,
  linesInVain: size,
  dirtyBytesDiscarded: size,
  pagesMoved: size,
});

const shapes: EventShapes = {
  open: {
    device: name,
    path: name,
    driver: name,
    version: name,
    coherency,
    "lineBytes?": integer(1, 4096),
  },
  create: {
    buffer: name,
    memory: name,
    device: name,
    handle,
    size,
    caching,
    private: truth,
  },
  allocate: {
    dmaBuf: name,
    memory: name,
    size,
    mode,
    from: oneOf("heap", "udmabuf", "descriptor"),
    caching,
  },
  export: {
    buffer: name,
    memory: name,
    device: name,
    dmaBuf: name,
    askedRdwr: truth,
    mode,
    first: truth,
    caching,
    exporter: name,
  },
  import: {
    buffer: name,
    memory: name,
    device: name,
    dmaBuf: name,
    handle,
    foreign: truth,
    "sameHandleAs?": name,
  },
  map: {
    map: name,
    of: name,
    memory: name,
    via,
    importThroughNode: truth,
    writable: truth,
    "mode?": mode,
    length: size,
    errno,
  },
  cpu: { access, map: name, of: name, memory: name, via, caching, coherency, range },
  sync: {
    of: name,
    memory: name,
    device: name,
    effect: oneOf("clean", "clean-invalidate", "invalidate", "copy", "wait", "none"),
    asked: ranges,
    touched: ranges,
    caching,
    "books?": books,
  },
  bracket: { edge, dmaBuf: name, memory: name, access: oneOf("r", "w", "rw"), "books?": books },
  device: { access, of: name, memory: name, device: name, range, stale: ranges },
  job: { edge, of: name, memory: name, device: name, access },
  refused: {
    what: oneOf("create", "export", "import", "sync", "bracket"),
    of: name,
    "memory?": name,
    "device?": name,
    errno,
    "cached?": truth,
    "private?": truth,
    "noMmap?": truth,
    "heap?": truth,
    "imported?": truth,
  },
  close: {
    what: oneOf("device", "buffer", "dma-buf", "mapping"),
    name,
    "memory?": name,
  },
  ioctl: {
    device: name,
    name,
    result: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    "handle?": handle,
  },
  "same-memory": { from: name, to: name },
};

/** An entry of the journal, without its position and place. */
export const eventShape: Check = (value) => {
  if (!isRecord(value)) return "an object";
  const { kind, ...fields } = value;
  if (typeof kind !== "string" || !Object.hasOwn(shapes, kind)) {
    return `a kind of event, one of ${Object.keys(shapes).join(", ")}`;
  }
  return problem(shapes[kind as TracedEvent["kind"]], fields);
};
