// Scripts of random bytes and mutated ones: read, checked and run, they end with an error of boctl's
// that has a place, or with none; never with an exception.
import { assert } from "@std/assert";
import { BoctlError, UsageError } from "../errors.ts";
import { hostilePieces, randomNumbers, randomTexts } from "../syntax/_random_text.ts";
import { checkScript } from "./_check_script.ts";
import { readScript } from "./_load_script.ts";
import { locationOf } from "./_location.ts";
import { onFiles } from "./_script_kit.ts";

const folder = new URL("../fixtures/reproductions/", import.meta.url);
const fixtures = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".boctl"))
  .map(({ name }) => Deno.readTextFileSync(new URL(name, folder)));

const words = [
  ...["set", "repeat", "end", "include", "require", "expect", "as", "list", "create", "--size"],
  ...["$i", "${", "$", "}", "'", '"', "\\", "json", "a.b[0]=1", "violation=", "exit=2", "bytes="],
  ...["lib.boctl", "/", "..", "1000001", "999999", "0", "2", "driver", "kernel", ">=", "6.12"],
];

/** The library that includes find; it does not include further. */
const library = "set n 3\nlist\n";

async function reads(text: string): Promise<void> {
  try {
    const readFile = (path: string): Promise<Uint8Array<ArrayBuffer>> =>
      path === "lib.boctl"
        ? Promise.resolve(new TextEncoder().encode(library))
        : Promise.reject(new UsageError(`${path}: there is no such file`));
    const { statements } = await readScript({ readFile }, text, "f");
    await checkScript(statements);
  } catch (error) {
    if (error instanceof UsageError && locationOf(error) !== undefined) return;
    throw new Error(JSON.stringify(text), { cause: error });
  }
}

/** A text with some lines and words taken out, doubled, swapped or replaced. */
function mutated(text: string, below: (limit: number) => number): string {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  for (let n = below(4) + 1; n > 0; n--) {
    const at = below(lines.length);
    const parts = (lines[at] ?? "").split(" ");
    const one = below(parts.length);
    const word = words[below(words.length)] ?? "";
    const line = [
      (): string[] => [],
      (): string[] => [...parts.slice(0, one), ...parts.slice(one + 1)],
      (): string[] => [...parts.slice(0, one), word, ...parts.slice(one)],
      (): string[] => [...parts.slice(0, one), word, ...parts.slice(one + 1)],
      (): string[] => [word, ...parts],
      (): string[] => [parts.join(" ").slice(0, below(40))],
    ][below(6)];
    lines[at] = line?.().join(" ") ?? "";
    if (below(4) === 0) lines.splice(at, 0, `repeat ${below(4)}`);
  }
  return lines.join("\n");
}

Deno.test("a script of random bytes is read, or refused with a place", async () => {
  const below = randomNumbers(71);
  for (let i = 0; i < 1500; i++) {
    const bytes = Uint8Array.from({ length: below(120) }, () => below(256));
    await reads(new TextDecoder().decode(bytes));
  }
});

Deno.test("a script of random words is read, or refused with a place", async () => {
  const pieces = [...words, ...words, ...hostilePieces, "\n", "\n", "\n", " ", " ", " ", " ", " "];
  for (const text of randomTexts(pieces, { count: 3000, most: 40, seed: 72 })) await reads(text);
});

Deno.test("a mutated reproduction is read, or refused with a place", async () => {
  const below = randomNumbers(73);
  for (let i = 0; i < 1500; i++) {
    await reads(mutated(fixtures[below(fixtures.length)] ?? "", below));
  }
});

Deno.test("a mutated reproduction runs to an exit code, and to a place where it fails", async () => {
  const below = randomNumbers(74);
  for (let i = 0; i < 150; i++) {
    const text = mutated(fixtures[below(fixtures.length)] ?? "", below);
    const files = { "a.boctl": text, "lib.boctl": library };
    try {
      const { code, err } = await onFiles(files, "run @a.boctl --quiet", "sim:qemu-arm64");
      assert(code === 0 || /^boctl: (a|lib)\.boctl:/m.test(err), `${code}: ${err}`);
    } catch (error) {
      assert(!(error instanceof BoctlError));
      throw new Error(JSON.stringify(text), { cause: error });
    }
  }
});
