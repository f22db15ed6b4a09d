import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../errors.ts";
import { readUserFile, writeUserFile } from "./files.ts";

async function inDirectory(action: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await action(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("readUserFile() reads what writeUserFile() wrote", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/a`;
    await writeUserFile(path, "größe");
    assertEquals(new TextDecoder().decode(await readUserFile(path, 100)), "größe");
    await writeUserFile(path, "");
    assertEquals(await readUserFile(path, 100), new Uint8Array(0));
  });
});

Deno.test("readUserFile() says why a file cannot be read", async () => {
  await inDirectory(async (directory) => {
    const read = (path: string): Promise<unknown> => readUserFile(path, 4);
    const missing = `${directory}/missing`;
    await assertRejects(() => read(missing), UsageError, `${missing}: there is no such file`);
    await assertRejects(() => read(directory), UsageError, `${directory}: is a directory`);
    const large = `${directory}/large`;
    await Deno.writeTextFile(large, "12345");
    await assertRejects(() => read(large), UsageError, `${large}: larger than 4 B`);
    assertEquals((await readUserFile(large, 5)).length, 5);
  });
});

Deno.test("readUserFile() stops at its limit where a file does not tell its size", async () => {
  await assertRejects(() => readUserFile("/dev/zero", 1 << 20), UsageError, "larger than 1 MiB");
});

Deno.test("writeUserFile() says why a file cannot be written", async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/no/such/place`;
    await assertRejects(() => writeUserFile(path, ""), UsageError, `${path}: cannot be written`);
  });
});
