/**
 * Holds every table against the kernel headers of this machine, by asking a C compiler. Headers
 * are often older than the tables: what they do not have is counted and said, not failed.
 *
 * BOCTL_UAPI_INCLUDE names a directory of other headers (usr/include of a linux-libc-dev package).
 */
import { assert, assertEquals } from "@std/assert";
import type { UapiTable } from "../ioctl.ts";
import { isUnion } from "../struct.ts";
import { tables } from "./_index.ts";
import { members } from "./_members.ts";

/** Masks of all flags known, which grow with the kernel: this one in 5.17. */
const growing = new Set(["VIRTGPU_EXECBUF_FLAGS"]);

/** One assertion on one line of the C program. */
interface Check {
  readonly what: string;
  readonly condition: string;
  /** The structure that it is about: where fields are missing, sizes and codes differ too. */
  readonly struct?: string;
}

function checksOf(table: UapiTable): Check[] {
  const structs = Object.values(table.structs).flatMap((type): Check[] => {
    const cType = `${isUnion(type) ? "union" : "struct"} ${type.name}`;
    return [
      {
        what: `sizeof(${cType}) is ${type.size}`,
        condition: `sizeof(${cType}) == ${type.size}`,
        struct: type.name,
      },
      ...members(type).map(({ path, offset, size }) => ({
        what: `${type.name}.${path} is ${size} bytes at ${offset}`,
        condition: `offsetof(${cType}, ${path}) == ${offset}` +
          // A flexible array member has no size in C.
          (size > 0 ? ` && sizeof(((${cType} *)0)->${path}) == ${size}` : ""),
        struct: type.name,
      })),
    ];
  });
  const codes = Object.values(table.ioctls).map(({ name, code, struct }): Check => ({
    what: `${name} is 0x${code.toString(16)}`,
    condition: `(unsigned)(${name}) == ${code}u`,
    ...(struct ? { struct: struct.name } : {}),
  }));
  const constants = Object.entries(table.constants)
    .filter(([name]) => !growing.has(name))
    .map(([name, value]): Check => ({
      what: `${name} is ${value}`,
      // An enumerator with bit 31 set is negative in C.
      condition: `(${name}) == ${value}ull || (unsigned)(${name}) == ${value}ull`,
    }));
  return [...structs, ...codes, ...constants];
}

/** Distributions that take drm/ from libdrm have it below libdrm/. */
function includes(table: UapiTable): string {
  const fallback = table.header.replace(/^drm\//, "libdrm/");
  return `#include <fcntl.h>
#include <stddef.h>
#if __has_include(<${table.header}>)
#include <${table.header}>
#elif __has_include(<${fallback}>)
#include <${fallback}>
#else
#error NO_HEADER
#endif
`;
}

async function findCompiler(): Promise<string | undefined> {
  for (const name of ["cc", "gcc", "clang"]) {
    try {
      const command = new Deno.Command(name, { args: ["--version"], stdout: "null" });
      if ((await command.output()).success) return name;
    } catch {
      // Not installed, or running programs is not permitted.
    }
  }
  return undefined;
}

/** Compiles without output; returns the errors' texts by line. */
async function errorsByLine(compiler: string, source: string): Promise<Map<number, string[]>> {
  const directory = Deno.env.get("BOCTL_UAPI_INCLUDE");
  const process = new Deno.Command(compiler, {
    args: [
      ...["-x", "c", "-std=gnu11", "-fsyntax-only", "-w", "-fno-diagnostics-show-caret"],
      ...(directory ? ["-I", directory] : []),
      "-",
    ],
    env: { LC_ALL: "C" },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  const { stderr } = await process.output();
  const errors = new Map<number, string[]>();
  for (const line of new TextDecoder().decode(stderr).split("\n")) {
    const match = line.match(/^<stdin>:(\d+):.*?error: (.*)$/);
    if (!match) continue;
    const number = Number(match[1]);
    errors.set(number, [...errors.get(number) ?? [], match[2] ?? ""]);
  }
  return errors;
}

interface Comparison {
  readonly compared: number;
  /** Entries that the header does not have, or has in an older form. */
  readonly absent: number;
  readonly wrong: readonly string[];
}

/** Asserts every entry of a table in C; undefined where the header is not installed. */
async function compare(compiler: string, table: UapiTable): Promise<Comparison | undefined> {
  const checks = checksOf(table);
  const head = includes(table);
  const first = head.split("\n").length;
  const body = checks.map(({ condition }) => `_Static_assert(${condition}, "");`);
  // The last line must fail: it shows that the compiler's messages are understood.
  const errors = await errorsByLine(
    compiler,
    `${head}${body.join("\n")}\n_Static_assert(0, "");\n`,
  );
  if ([...errors.values()].flat().some((text) => text.includes("NO_HEADER"))) return undefined;
  assertEquals(errors.get(first + checks.length)?.length, 1, [...errors].slice(0, 5).join("\n"));
  for (const line of errors.keys()) assert(line >= first, `${line}: ${errors.get(line)}`);

  const refused = checks.flatMap((check, i) => {
    const texts = errors.get(first + i);
    return texts === undefined ? [] : [{ ...check, texts }];
  });
  const differs = (texts: readonly string[]): boolean =>
    texts.every((text) => /static.assertion failed/.test(text));
  const older = new Set(refused.filter(({ texts }) => !differs(texts)).map(({ struct }) => struct));
  const isAbsent = ({ struct, texts }: { struct?: string; texts: readonly string[] }): boolean =>
    !differs(texts) || (struct !== undefined && older.has(struct));
  const absent = refused.filter(isAbsent).length;
  return {
    compared: checks.length - absent,
    absent,
    wrong: refused.filter((check) => !isAbsent(check)).map(({ what }) => what),
  };
}

const compiler = await findCompiler();

Deno.test({
  name: compiler === undefined
    ? "NOT COMPARED with this machine's headers: no C compiler (cc, gcc, clang) was found"
    : `the tables agree with this machine's headers, as ${compiler} sees them`,
  ignore: compiler === undefined,
  fn: async (t) => {
    if (compiler === undefined) return;
    const results = await Promise.all(
      tables.map(async (table) => ({ table, result: await compare(compiler, table) })),
    );
    for (const { table, result } of results) {
      const name = result === undefined
        ? `${table.name}: NOT COMPARED, ${table.header} is not installed`
        : `${table.name}: ${result.compared} entries compared, ` +
          `${result.absent} SKIPPED because ${table.header} is older`;
      await t.step({
        name,
        ignore: result === undefined,
        fn: () => assertEquals(result?.wrong, []),
      });
    }
  },
});
