import { cpio, type CpioEntry } from "./cpio.ts";
import { exists, keyOf, removeIfThere, writeFileWhole } from "./cache.ts";
import { hostText } from "./host_command.ts";

/**
 * Makes (once for each deno.lock) an archive of the npm packages that the project uses, to be
 * unpacked by the guest's kernel as /boctl/deno-dir.
 *
 * @param cache the cache folder.
 * @param project the checkout: the folder of deno.json.
 * @returns path of the cpio archive.
 */
export async function denoDirArchive(cache: string, project: string): Promise<string> {
  const lock = `${project}/deno.lock`;
  const key = await keyOf(await exists(lock) ? await Deno.readFile(lock) : "");
  const path = `${cache}/deno-dir/${key}.cpio`;
  if (await exists(path)) return path;
  const folder = await Deno.makeTempDir({ prefix: "boctl-deno-dir-" });
  try {
    await hostText(Deno.execPath(), ["install", "--frozen"], {
      cwd: project,
      env: { DENO_DIR: folder },
    });
    const entries = await Array.fromAsync(entriesBelow(`${folder}/npm`, "boctl/deno-dir/npm"));
    await writeFileWhole(path, cpio(entries));
  } finally {
    await removeIfThere(folder);
  }
  return path;
}

async function* entriesBelow(folder: string, path: string): AsyncGenerator<CpioEntry> {
  yield { kind: "folder", path };
  if (!(await exists(folder))) return;
  const found = await Array.fromAsync(Deno.readDir(folder));
  for (const { name, isDirectory, isFile } of found.sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (isDirectory) yield* entriesBelow(`${folder}/${name}`, `${path}/${name}`);
    if (isFile) {
      const bytes = await Deno.readFile(`${folder}/${name}`);
      yield { kind: "file", path: `${path}/${name}`, bytes };
    }
  }
}
