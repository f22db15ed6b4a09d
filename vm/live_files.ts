import { exists } from "./cache.ts";

// Folders that can hold live tests: the tests of the commands, and of the guests themselves.
const FOLDERS = ["live", "vm"];

/**
 * The files named `*_live_test.ts` of a checkout, relative to it, in order.
 *
 * @param project folder of the checkout.
 */
export async function liveTestFiles(project: string): Promise<string[]> {
  const files: string[] = [];
  for (const folder of FOLDERS) {
    for await (const file of filesBelow(project, folder)) {
      if (file.endsWith("_live_test.ts")) files.push(file);
    }
  }
  return files.sort();
}

async function* filesBelow(project: string, folder: string): AsyncGenerator<string> {
  if (!(await exists(`${project}/${folder}`))) return;
  for await (const entry of Deno.readDir(`${project}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(project, path);
    if (entry.isFile) yield path;
  }
}
