/**
 * What the tests of scripts share: several files in a folder of their own.
 *
 * @module
 */
import { type Answer, boctlWords, type Given } from "./_test_kit.ts";

/** Files by name, text or lines. */
export type Files = Readonly<Record<string, string | readonly string[]>>;

/** Runs an action with files in a temporary folder; its path ends without a slash. */
export async function withFiles<T>(
  files: Files,
  action: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "boctl-test-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      const slash = name.lastIndexOf("/");
      if (slash > 0) await Deno.mkdir(`${folder}/${name.slice(0, slash)}`, { recursive: true });
      await Deno.writeTextFile(
        `${folder}/${name}`,
        typeof text === "string" ? text : text.join("\n"),
      );
    }
    return await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs boctl on words in which `@NAME` is a file; the folder is taken out of what it says. */
export async function onFiles(
  files: Files,
  line: string,
  board = "sim:panthor",
  given: Given = {},
): Promise<Answer> {
  return await withFiles(files, async (folder) => {
    const words = line.split(" ").map((word) => word.replace(/^@/, `${folder}/`));
    const { code, out, err } = await boctlWords(["--device", board, ...words], given);
    const short = (text: string): string => text.replaceAll(`${folder}/`, "");
    return { code, out: short(out), err: short(err) };
  });
}
