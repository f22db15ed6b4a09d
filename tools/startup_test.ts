import { assert, assertEquals } from "@std/assert";
import { boctl, boctlCommand, SIM_PERMISSIONS } from "./_boctl.ts";

/** `boctl --help` may take this many times as long as an empty program. */
const LIMIT = 2;
/** Pairs of runs: at least so many, and more while the machine is too noisy to say. */
const PAIRS = { least: 9, most: 60 };

/** Milliseconds that a program takes from start to end. */
async function timeOf(words: readonly string[]): Promise<number> {
  const [program = "", ...args] = words;
  const started = performance.now();
  const { success } = await new Deno.Command(program, { args, stdout: "null", stderr: "null" })
    .output();
  assert(success, words.join(" "));
  return performance.now() - started;
}

Deno.test("boctl --help starts in no more than twice the time of an empty program", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/empty.ts`, "");
    const help = [...boctlCommand(SIM_PERMISSIONS), "--help"];
    const empty = [Deno.execPath(), "run", "--quiet", ...SIM_PERMISSIONS, `${folder}/empty.ts`];
    // The first runs compile and fill caches.
    await timeOf(help);
    await timeOf(empty);
    // Noise only ever adds time, so the best of many is the truest, and pairs share their noise.
    let [bestHelp, bestEmpty] = [Infinity, Infinity];
    for (let pair = 1; pair <= PAIRS.most; pair++) {
      bestHelp = Math.min(bestHelp, await timeOf(help));
      bestEmpty = Math.min(bestEmpty, await timeOf(empty));
      if (pair >= PAIRS.least && bestHelp <= LIMIT * bestEmpty) return;
    }
    assert(false, `--help ${bestHelp.toFixed(1)} ms, an empty program ${bestEmpty.toFixed(1)} ms`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("boctl --help and --version need no permission", async () => {
  for (const word of ["--help", "--version"]) {
    const { code, stderr } = await boctl([word], { permissions: [] });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
  }
});

Deno.test("the simulator reads files and the environment and calls no C library", async () => {
  const words = ["--device", "sim:panthor", "run", "fixtures/demo/exact_range.boctl"];
  const { code, stdout, stderr } = await boctl(words, {
    permissions: ["--allow-read", "--allow-env=BOCTL_DEVICE,BOCTL_BACKEND", "--deny-ffi"],
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" }, stdout);
});
