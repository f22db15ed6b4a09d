import { SetupError } from "./errors.ts";

const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const STT_FUNC = 2;
const EM_AARCH64 = 183;

// A function of an arm64 kernel begins with two NOPs, which ftrace expects to find, and may have a
// landing pad before them.
const KEPT = new Set([0xd503201f, 0xd503245f]); // nop, bti c
const RETURN_ZERO = [0x52800000, 0xd65f03c0]; // mov w0, #0; ret

// What scripts/sign-file leaves at the end. A module without it loads, one that does not fit its
// signature does not.
const SIGNED = new TextEncoder().encode("~Module signature appended~\n");

interface Section {
  readonly type: number;
  readonly at: number;
  readonly size: number;
  /** For symbols the index of the string table. */
  readonly link: number;
  /** For relocations the index of the section that they change. */
  readonly info: number;
}

/**
 * Makes some functions of an arm64 kernel module return 0 without running: for tests of hardware
 * that guest RAM in its place cannot pass.
 *
 * @param name of the module, for messages.
 * @param bytes the module's ELF file, not changed.
 * @param functions names, each of which has to be in the module.
 * @returns a copy with the functions changed and without signature.
 * @throws {SetupError} where the file is no arm64 module, lacks a function, or has one whose
 * beginning the kernel rewrites when it loads the module.
 */
export function skipFunctions(
  name: string,
  bytes: Uint8Array,
  functions: readonly string[],
): Uint8Array {
  const copy = withoutSignature(bytes).slice();
  const view = new DataView(copy.buffer);
  if (
    copy.length < 64 || view.getUint32(0) !== 0x7f454c46 ||
    view.getUint16(0x12, true) !== EM_AARCH64
  ) throw new SetupError(`Module "${name}" is no arm64 ELF file`);
  const sections = sectionsOf(view);
  for (const wanted of functions) {
    const symbol = findFunction(view, sections, wanted);
    const section = sections[symbol?.section ?? 0];
    if (symbol === undefined || section === undefined) {
      throw new SetupError(`Module "${name}" has no function "${wanted}" to skip`);
    }
    let offset = symbol.offset;
    while (KEPT.has(view.getUint32(section.at + offset, true))) offset += 4;
    const after = offset + RETURN_ZERO.length * 4;
    if (
      after > symbol.offset + symbol.size ||
      isRelocated(view, sections, symbol.section, offset, after)
    ) throw new SetupError(`The beginning of "${wanted}" in module "${name}" cannot be replaced`);
    RETURN_ZERO.forEach((word, i) => view.setUint32(section.at + offset + i * 4, word, true));
  }
  return copy;
}

function withoutSignature(bytes: Uint8Array): Uint8Array {
  const tail = bytes.subarray(bytes.length - SIGNED.length);
  const isSigned = tail.length === SIGNED.length && tail.every((byte, i) => byte === SIGNED[i]);
  return isSigned ? bytes.subarray(0, bytes.length - SIGNED.length) : bytes;
}

function long(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function sectionsOf(view: DataView): Section[] {
  const [start, step] = [long(view, 0x28), view.getUint16(0x3a, true)];
  return Array.from({ length: view.getUint16(0x3c, true) }, (_, i) => {
    const at = start + i * step;
    return {
      type: view.getUint32(at + 4, true),
      at: long(view, at + 24),
      size: long(view, at + 32),
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
    };
  });
}

interface FunctionSymbol {
  /** Index of its section. */
  readonly section: number;
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly size: number;
}

function findFunction(
  view: DataView,
  sections: readonly Section[],
  wanted: string,
): FunctionSymbol | undefined {
  const bytes = new Uint8Array(view.buffer);
  const name = new TextEncoder().encode(`${wanted}\0`);
  for (const table of sections.filter(({ type }) => type === SHT_SYMTAB)) {
    const strings = sections[table.link]?.at ?? 0;
    for (let at = table.at; at < table.at + table.size; at += 24) {
      if ((view.getUint8(at + 4) & 0xf) !== STT_FUNC) continue;
      const from = strings + view.getUint32(at, true);
      if (!name.every((byte, i) => bytes[from + i] === byte)) continue;
      return {
        section: view.getUint16(at + 6, true),
        offset: long(view, at + 8),
        size: long(view, at + 16),
      };
    }
  }
  return undefined;
}

function isRelocated(
  view: DataView,
  sections: readonly Section[],
  section: number,
  from: number,
  to: number,
): boolean {
  return sections.some(({ type, info, at, size }) => {
    if (type !== SHT_RELA || info !== section) return false;
    for (let entry = at; entry < at + size; entry += 24) {
      const offset = long(view, entry);
      if (offset >= from && offset < to) return true;
    }
    return false;
  });
}
