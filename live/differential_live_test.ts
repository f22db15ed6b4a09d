// Random calls on the guest's kernel and on the board that mirrors it: every answer is the same, to
// root and to an ordinary user.
import { assertEquals } from "@std/assert";
import { ROOT, setModes } from "../differential/caller.ts";
import { countLine, differ } from "../differential/main.ts";
import { mirrorOf, profileOf } from "../differential/machines.ts";
import { openLiveKernel } from "../ffi/live_kernel.ts";
import { boards, liveTest, machine } from "./_machine.ts";

// One kernel of each architecture, a minute each, and those that only --matrix and --machines boot.
const MACHINES = ["amd64-6.12", "arm64-7.2", "amd64-6.1", "arm64-6.12-16k"] as const;
/** Calls of each part; together 20,000 on a machine. */
const AS_ROOT = 16_000;
const AS_USER = [
  { cards: "0666", calls: 3_000, seed: 20_001 },
  { cards: "0660", calls: 1_000, seed: 30_001 },
] as const;
/** The first seed of root's; a run of another length begins with the same sequences. */
const SEED = 1;
const USER = 1000;

function board(): string {
  if (machine === undefined) throw new Error("outside of a guest");
  return boards[machine].slice("sim:".length);
}

// deno-lint-ignore no-console -- the counts are what CI is asked for
const tell = (text: string): void => console.log(text.trim());

liveTest(
  `${AS_ROOT.toLocaleString("en")} random calls are answered alike by the kernel and the simulator`,
  MACHINES,
  () => {
    const live = openLiveKernel();
    try {
      const run = differ({ live, simulated: mirrorOf(board()) }, board(), SEED, AS_ROOT, 3);
      tell(countLine(run, board(), SEED, ROOT));
      assertEquals(run.disagreements, []);
    } finally {
      live.dispose();
    }
    return Promise.resolve();
  },
);

for (const { cards, calls, seed } of AS_USER) {
  liveTest(
    `${calls.toLocaleString("en")} random calls of an ordinary user are, with cards ${cards}`,
    MACHINES,
    async () => {
      // A process of its own: who has become a user does not become root again.
      const words = ["--board", board(), "--calls", `${calls}`, "--seed", `${seed}`];
      try {
        const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "-A", "--no-check", "--cached-only", "differential/main.ts", ...words],
            ...["--user", `${USER}`, "--cards", cards, "--most", "3"],
          ],
          cwd: new URL("..", import.meta.url),
        }).output();
        const text = new TextDecoder().decode(stdout);
        tell(text);
        assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], text);
      } finally {
        setModes(ROOT, profileOf(board()));
      }
    },
  );
}
