/**
 * What a stranger's trace may not do to this machine: ioctls whose memory is not all ours are not
 * made on a live kernel.
 *
 * @module
 */
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import type { Argument, Block } from "../ffi/kernel.ts";
import {
  type AnyValues,
  decode,
  type PointerField,
  type StructType,
  type TailField,
} from "../ffi/struct.ts";

/** Below this nothing of a process is mapped (vm.mmap_min_addr), from the other on it never is. */
const NULL_PAGE = 4096n;
const KERNEL_HALF = 1n << 63n;

function isBlock(value: unknown): value is Block {
  return typeof value === "object" && value !== null && "bytes" in value;
}

function elementBytes(to: PointerField["to"]): number {
  return typeof to === "object" ? to.size : { bytes: 1, string: 1, u32: 4, u64: 8 }[to];
}

function addressProblem(address: bigint): string | undefined {
  const value = BigInt.asUintN(64, address);
  return value < NULL_PAGE || value >= KERNEL_HALF
    ? undefined
    : `passes the address 0x${value.toString(16)}, where something of this process may be`;
}

function pointerProblem(
  field: PointerField,
  value: AnyValues[string],
  beside: AnyValues,
): string | undefined {
  if (!isBlock(value)) return typeof value === "bigint" ? addressProblem(value) : undefined;
  const count = field.count === undefined ? 0 : Number(beside[field.count] ?? 0);
  const stride = (field.stride && Number(beside[field.stride])) || elementBytes(field.to);
  if (count * stride > value.bytes.length) {
    return `says that ${count} elements follow where there are ${value.bytes.length} bytes`;
  }
  const known = field.cases?.structs[Number(beside[field.cases.field])];
  if (known !== undefined) return structProblem(known, value, 0);
  if (typeof field.to !== "object") return undefined;
  for (let at = 0; at < value.bytes.length; at += stride) {
    const wrong = structProblem(field.to, value, at);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function tailProblem(field: TailField, count: number, room: number): string | undefined {
  return count * field.struct.size <= room
    ? undefined
    : `says that ${count} elements follow where there are ${room} bytes`;
}

function structProblem(type: StructType, block: Block, base: number): string | undefined {
  const values = decode(type, block, base) as AnyValues;
  for (const { name, field, offset } of type.layout) {
    const wrong = field.kind === "pointer"
      ? pointerProblem(field, values[name] ?? 0n, values)
      : field.kind === "nested"
      ? structProblem(field.struct, block, base + offset)
      : field.kind === "tail"
      ? tailProblem(field, Number(values[field.count] ?? 0), block.bytes.length - base - offset)
      : undefined;
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/**
 * Why an ioctl of a stranger's trace is not made on this machine; undefined where it may be. Memory
 * that the kernel would read or write outside of what the trace holds would be this process's own.
 */
export function liveProblem(
  definition: IoctlDefinition | undefined,
  argument: Argument,
): string | undefined {
  if (definition === undefined) return "is in no table: what it does to memory is not known";
  if (typeof argument === "bigint") {
    return definition.struct === null && definition.plain !== "u32" && definition.plain !== "string"
      ? undefined
      : addressProblem(argument);
  }
  return definition.struct === null ? undefined : structProblem(definition.struct, argument, 0);
}
