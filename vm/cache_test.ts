import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { cacheFolder, exists, keyOf, makeFolderOnce, writeFileWhole } from "./cache.ts";
import { SetupError } from "./errors.ts";

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

Deno.test("cacheFolder() prefers BOCTL_VM_CACHE, then XDG_CACHE_HOME, then HOME", () => {
  const env: Record<string, string> = { HOME: "/h", XDG_CACHE_HOME: "/x", BOCTL_VM_CACHE: "/b" };
  const read = (name: string): string | undefined => env[name];
  assertEquals(cacheFolder(read), "/b");
  delete env["BOCTL_VM_CACHE"];
  assertEquals(cacheFolder(read), "/x/boctl/vm");
  env["XDG_CACHE_HOME"] = "";
  assertEquals(cacheFolder(read), "/h/.cache/boctl/vm");
  assertThrows(() => cacheFolder(() => undefined), SetupError, "BOCTL_VM_CACHE");
});

Deno.test("makeFolderOnce() makes a folder when it is not there, and only then", async () => {
  await withFolder(async (folder) => {
    const fill = (path: string): Promise<void> => Deno.writeTextFile(`${path}/a`, "1");
    assertEquals(await makeFolderOnce(`${folder}/x`, fill), true);
    assertEquals(await makeFolderOnce(`${folder}/x`, fill), false);
    assertEquals(names(folder), ["x"]);
  });
});

Deno.test("makeFolderOnce() leaves nothing behind when filling fails half way", async () => {
  await withFolder(async (folder) => {
    const fail = async (path: string): Promise<void> => {
      await Deno.writeTextFile(`${path}/half`, "1");
      throw new Error("stopped");
    };
    await assertRejects(() => makeFolderOnce(`${folder}/x`, fail), Error, "stopped");
    assertEquals(names(folder), []);
  });
});

Deno.test("makeFolderOnce() takes the folder that another process made meanwhile", async () => {
  await withFolder(async (folder) => {
    await makeFolderOnce(`${folder}/x`, async (path) => {
      await Deno.mkdir(`${folder}/x`);
      await Deno.writeTextFile(`${folder}/x/first`, "");
      await Deno.writeTextFile(`${path}/second`, "");
    });
    assertEquals(names(`${folder}/x`), ["first"]);
    assertEquals(names(folder), ["x"]);
  });
});

Deno.test("writeFileWhole() replaces a file and leaves no other", async () => {
  await withFolder(async (folder) => {
    await writeFileWhole(`${folder}/sub/a`, new Uint8Array([1]));
    await writeFileWhole(`${folder}/sub/a`, new Uint8Array([2]));
    assertEquals([...await Deno.readFile(`${folder}/sub/a`)], [2]);
    assertEquals(names(`${folder}/sub`), ["a"]);
  });
});

Deno.test("exists() tells a missing path from a dangling link", async () => {
  await withFolder(async (folder) => {
    await Deno.symlink("nowhere", `${folder}/link`);
    assertEquals(await exists(`${folder}/link`), true);
    assertEquals(await exists(`${folder}/other`), false);
  });
});

Deno.test("keyOf() tells inputs apart that join to the same text", async () => {
  assertNotEquals(await keyOf("ab", "c"), await keyOf("a", "bc"));
  assertEquals(await keyOf("a"), await keyOf(new TextEncoder().encode("a")));
});
