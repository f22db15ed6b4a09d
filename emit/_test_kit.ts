/**
 * What the tests of emitted files share: a trace written down, compiled and run here.
 *
 * @module
 */
import type { TraceEntry, TraceHeader } from "../trace/format.ts";
import { compile, strict } from "./_compilers.ts";
import { emitC } from "./emit.ts";
import { igtStub } from "./_igt_stub.ts";
import type { StyleName } from "./styles/mod.ts";

const header: TraceHeader = {
  "boctl-trace": 1,
  boctl: "0.1.0",
  on: { backend: "sim", kernel: "sim:qemu", release: "6.12", arch: "x86_64", pageSize: 4096 },
};

/** The C of a trace. */
export function cOf(
  entries: readonly TraceEntry[],
  style: StyleName = "plain",
  story: readonly string[] = [],
): string {
  return emitC({ header, entries, name: "a test", story }, style).text;
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Compiles a file for this machine and runs it. */
export async function runC(text: string, files: Record<string, string> = {}): Promise<Ended> {
  const folder = await Deno.makeTempDir({ prefix: "boctl-c-" });
  try {
    await Deno.mkdir(`${folder}/tests/own`, { recursive: true });
    await Deno.writeTextFile(`${folder}/igt.h`, igtStub);
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, content);
    }
    const source = `${folder}/tests/own/test.c`;
    await Deno.writeTextFile(source, text);
    await compile("gcc", [...strict, "-O2", "-I", folder, "-o", `${folder}/test`, source]);
    const { code, stdout, stderr } = await new Deno.Command(`${folder}/test`, {
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trimEnd();
    return { code, out: decoded(stdout), err: decoded(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A memfd of two pages, mapped; all that follows works on any machine. */
export const mapped: readonly TraceEntry[] = [
  { call: "command", text: "create --udmabuf --size 8KiB --as db", file: "a", line: 3 },
  { call: "memfd_create", name: 'a "name"', flags: "MFD_CLOEXEC|MFD_ALLOW_SEALING", result: "f1" },
  { call: "ftruncate", fd: "f1", length: "8192", result: 0 },
  {
    call: "mmap",
    fd: "f1",
    length: 8192,
    prot: "PROT_READ|PROT_WRITE",
    flags: "MAP_SHARED",
    offset: "0",
    access: "copied",
    result: "m1",
  },
];
