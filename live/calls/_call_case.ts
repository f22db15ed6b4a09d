/**
 * Call cases: system calls that no command line makes, held against the real drivers and against
 * the simulated board alike. Each runs on every GPU that it is for, coherent and not, on both
 * kernels.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { IoctlDefinition } from "../../ffi/ioctl.ts";
import type { Fields, StructType, ValuesOf } from "../../ffi/struct.ts";
import type { Bench } from "./_bench.ts";
import type { Gpu } from "./_gpus.ts";

/** One case. */
export interface CallCase {
  /** A sentence, its driver first. */
  readonly name: string;
  readonly on: readonly Gpu[];
  /** Calls, and holds what they answered. */
  run(bench: Bench): void;
}

/** The cases of one file. */
export interface CallGroup {
  /** What they are about, after "cases of". */
  readonly subject: string;
  readonly cases: readonly CallCase[];
}

/** A case on several GPUs; its name begins with their driver's where they have one in common. */
export function callCase(name: string, on: readonly Gpu[], run: (bench: Bench) => void): CallCase {
  return { name, on, run };
}

/** One set of arguments for a call and what it answers. */
export interface Row<F extends Fields> {
  /** What is special about them. */
  readonly name: string;
  readonly values: Partial<ValuesOf<F>> | ((bench: Bench) => Partial<ValuesOf<F>>);
  /** `ok`, or the errno's name. */
  readonly is: string;
  /** The same on 6.12, where it differs. */
  readonly before?: string;
}

/** A case for each set of arguments of a call. */
export function rowsOf<F extends Fields>(
  on: readonly Gpu[],
  definition: IoctlDefinition<StructType<F>>,
  rows: readonly Row<F>[],
): CallCase[] {
  const driver = on[0]?.driver ?? "";
  const call = definition.name.replace("DRM_IOCTL_", "").replace(`${driver.toUpperCase()}_`, "");
  return rows.map(({ name, values, is, before }) => ({
    name: `${driver}: ${call} ${name}: ${is}${
      before === undefined || before === is ? "" : `, 6.12: ${before}`
    }`,
    on,
    run(bench): void {
      const wanted = bench.recent ? is : before ?? is;
      const given = typeof values === "function" ? values(bench) : values;
      assertEquals(bench.ask(definition, given), wanted);
    },
  }));
}
