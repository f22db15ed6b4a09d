// Traces of the guest's real kernel, replayed on the simulated board that mirrors it, and back.
import { assertEquals, AssertionError } from "@std/assert";
import { boctl } from "./_boctl.ts";
import { amd64, arm64, boards, liveTest, machine, machines } from "./_machine.ts";

/** Folder for traces that are to be kept; in a guest that shares one with its host. */
const KEPT = Deno.env.get("BOCTL_TRACES");

/** Lines that are recorded: what attest does not do. */
const lines: readonly {
  readonly name: string;
  readonly on: readonly string[];
  readonly line: string;
}[] = [
  {
    name: "vgem",
    on: amd64,
    line: "open card0 --as dev , create --on dev --size 8KiB --as a , " +
      "mmap a --fill 5a --write 4096=c0ffee --read 4096:4 , export a --rdwr --as d , " +
      "import d --on dev --as b , mmap d --bracket --read 0:16 , wait d , info d",
  },
  {
    name: "vgem-fence",
    on: amd64,
    line: "open card0 --as dev , create --on dev --size 4KiB --as a , export a --rdwr --as d , " +
      "ioctl dev vgem.FENCE_ATTACH handle=1 flags=1 , ioctl d EXPORT_SYNC_FILE flags=RW , " +
      "ioctl dev vgem.FENCE_SIGNAL fence=1 , wait d",
  },
  {
    name: "panthor",
    on: arm64,
    line: "open renderD131 --as dev , create --on dev --size 8KiB --as a , " +
      "mmap a --fill 5a --write 4096=c0ffee --read 4096:4 , export a --rdwr --as d , " +
      "import d --on dev --as b , mmap d --bracket --read 0:16 , wait d , info d , info a",
  },
  {
    name: "panfrost",
    on: arm64,
    line: "open renderD129 --as dev , create --on dev --size 8KiB --as a , " +
      "mmap a --fill 5a --write 4096=c0ffee --read 4096:4 , export a --rdwr --as d , " +
      "import d --on dev --as b , mmap d --bracket --read 0:16 , wait a , wait d , info d",
  },
];

/** Runs a line that is to succeed. */
async function run(line: string): Promise<void> {
  const { code, out, err } = await boctl(line);
  if (code !== 0) throw new AssertionError(`boctl ${line}\nexit code ${code}\n${out}\n${err}`);
}

/** Records here, replays there, and here again. */
async function holdAgainst(record: (file: string) => string, file: string): Promise<void> {
  if (machine === undefined) throw new AssertionError("outside of a guest");
  await run(`--backend live ${record(file)}`);
  await run(`replay ${file} --keep-going --device ${boards[machine]}`);
  await run(`replay ${file} --keep-going --backend live`);
}

for (const { name, on, line } of lines) {
  const where = machines.filter((one) => on.includes(one));
  liveTest(`a recorded line of ${name} replays on the mirrored board and here`, where, async () => {
    const file = `${await Deno.makeTempDir()}/t.jsonl`;
    await holdAgainst((path) => `${line} --record ${path}`, file);
  });
}

liveTest(
  "what the whole machine attests replays on the mirrored board and here",
  machines,
  async () => {
    await holdAgainst((path) => `attest --out ${path}`, `${await Deno.makeTempDir()}/t.jsonl`);
  },
);

// The other way round. An emulated arm64 with ten devices takes 40 s for it: one of the two is enough.
const oneOfEach = machines.filter((one) => one !== "arm64-7.2");
liveTest("what the mirrored board attests replays here", oneOfEach, async () => {
  if (machine === undefined) throw new AssertionError("outside of a guest");
  const file = `${await Deno.makeTempDir()}/t.jsonl`;
  await run(`--device ${boards[machine]} attest --out ${file}`);
  await run(`replay ${file} --keep-going --backend live`);
});

liveTest("two records of one line here are alike", machines, async () => {
  const directory = await Deno.makeTempDir();
  for (const name of ["a", "b"]) {
    await run(`--backend live --device vgem create --size 4KiB --record ${directory}/${name}`);
  }
  await run(`diff ${directory}/a ${directory}/b --strict`);
  assertEquals(
    await Deno.readTextFile(`${directory}/a`),
    await Deno.readTextFile(`${directory}/b`),
  );
});

for (const [device, on] of [["vgem", amd64], ["panthor", arm64], ["panfrost", arm64]] as const) {
  const where = KEPT === undefined ? [] : on;
  liveTest(`${device} attests into the folder of kept traces`, where, async () => {
    await run(`--backend live --device ${device} attest --out ${KEPT}/${machine}-${device}.jsonl`);
  });
}
