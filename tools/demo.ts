/**
 * `deno task demo`: two bugs reproduced on a simulated board, by scripts that run through the
 * command line as anybody would run them. Needs no GPU, no root and no native code.
 *
 * @module
 */
import { main } from "../cli.ts";
import { OutputClosed, printError, printOut } from "../output/terminal.ts";

const DEVICE = "sim:panthor";

/** One story: what is asked, the commands that show it, and what they showed. */
interface Scene {
  readonly title: string;
  readonly lines: readonly { readonly command: string; readonly exitCode: number }[];
  readonly shown: string;
}

const scenes: readonly Scene[] = [
  {
    title: "1. A cache clean covers the bytes it was asked for, and no more",
    lines: [
      { command: "run fixtures/demo/exact_range.boctl", exitCode: 0 },
      { command: "policy-check fixtures/demo/exact_range.boctl", exitCode: 1 },
    ],
    shown:
      `The CPU wrote two sub-allocations through a cached map. The GPU of this board does not snoop the
CPU's caches: it saw the first only after "sync --range 0:4", and kept reading stale bytes of the
second, in the next cache line, until that was synced too. policy-check names the reads that got
stale bytes and the sync that missed them; its exit code 1 fails a CI job.`,
  },
  {
    title: "2. The first export decides whether a dma-buf can be written",
    lines: [{ command: "run fixtures/demo/read_only_export.boctl", exitCode: 0 }],
    shown:
      `Exported once without --rdwr, the buffer has a read-only dma-buf for as long as that lives: a
later export with --rdwr gets the same one and is refused a writable map (EACCES). Asked for at the
first export, --rdwr works.`,
  },
];

const NEXT = `Try next (with an installed Deno; else "npx -y deno" for "deno"):
  deno task boctl --help
  deno task boctl devices --boards
  deno task boctl explain device-read-of-stale-bytes
  deno task boctl --device sim:panthor-coherent run fixtures/demo/exact_range.boctl
The last one fails: on a coherent board nothing is stale. On a machine with a DRM device, "deno task
boctl devices" tells what it can do, and the same scripts run there: --device DRIVER or PATH.`;

/** Plays the scenes. @returns 0 where each command ended as it should, else 1 */
async function play(): Promise<number> {
  printOut(`boctl demo, on the simulated board ${DEVICE}: a Mali whose caches are not coherent.`);
  for (const { title, lines, shown } of scenes) {
    printOut(`\n${title}`);
    for (const { command, exitCode } of lines) {
      printOut(`\n$ boctl --device ${DEVICE} ${command}`);
      const got = await main(["--device", DEVICE, ...command.split(" ")]);
      if (got !== exitCode) {
        printError(`demo: exit code ${got} where ${exitCode} was expected`);
        return 1;
      }
    }
    printOut(`\n${shown}`);
  }
  printOut(`\n${NEXT}`);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await play();
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
}
