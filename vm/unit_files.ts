import { exists } from "./cache.ts";

/** Which unit tests run in a guest beside the live tests. */
export type UnitTests = "none" | "architecture" | "all";

/** Folders whose tests are about the machine: calls, layouts, descriptors, sockets. */
const OF_THE_MACHINE = ["ffi", "session"];
/** What a test names that calls the machine's own kernel or asks which processor it has. */
const LIVE = /openLiveKernel|openLibc|bindLibc|Deno\.build\.arch|--backend live/;
/** Each command of theirs is a process, which takes seconds: `live/session_live_test.ts` has them. */
const SLOW = ["session/session_test.ts", "session/session_record_test.ts"];
/** The validator of schemas has npm packages of its own, which no guest has. */
const OF_PACKAGES = /tools\/_json_schema\.ts/;
/** What boots guests and what works on the checkout is for the host: QEMU, npm, a writable folder. */
const OF_THE_HOST = ["vm", "tools"];

/** Unit tests of a checkout, by whether a guest runs them. Paths are relative, in order. */
export interface UnitFiles {
  readonly run: readonly string[];
  /** Those that were asked for and cannot run there. */
  readonly left: readonly string[];
}

/**
 * Finds the unit tests that are to run in a guest: those that depend on the architecture, or all.
 *
 * @param project folder of the checkout.
 */
export async function unitTestFiles(project: string, which: UnitTests): Promise<UnitFiles> {
  const files = which === "none" ? [] : await Array.fromAsync(testsBelow(project, ""));
  const units = files.filter((file) => !file.endsWith("_live_test.ts")).sort();
  const run: string[] = [];
  const left: string[] = [];
  for (const file of units) {
    const text = await Deno.readTextFile(`${project}/${file}`);
    if (OF_THE_HOST.includes(file.split("/")[0] ?? "") || OF_PACKAGES.test(text)) left.push(file);
    else if (which === "all" || dependsOnArchitecture(file, text)) run.push(file);
  }
  return { run, left: which === "all" ? left : [] };
}

function dependsOnArchitecture(file: string, text: string): boolean {
  if (SLOW.includes(file)) return false;
  if (OF_THE_MACHINE.includes(file.split("/")[0] ?? "")) return true;
  return LIVE.test(text);
}

async function* testsBelow(project: string, folder: string): AsyncGenerator<string> {
  if (!(await exists(`${project}/${folder}`))) return;
  for await (const { name, isDirectory, isFile } of Deno.readDir(`${project}/${folder}`)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) yield* testsBelow(project, path);
    if (isFile && name.endsWith("_test.ts")) yield path;
  }
}
