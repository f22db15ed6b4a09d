import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SessionClient } from "./client.ts";
import { runtimeFolder } from "./paths.ts";
import { descriptorsOf, isAlive, Sessions } from "./_test_kit.ts";

const BOARD = "--device sim:panthor";

async function held(sessions: Sessions): Promise<string[]> {
  const { out } = await sessions.boctl("list --json");
  const { result } = JSON.parse(out) as { result: { held: { name: string }[] } };
  return result.held.map(({ name }) => name);
}

/** A session's descriptors, once it has seen that its last clients have gone. */
async function settled(pid: number): Promise<string[]> {
  for (let last = "";;) {
    const now = descriptorsOf(pid);
    if (now.join() === last) return now;
    last = now.join();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("commands of their own share what a session holds, and stop lets go of it", async () => {
  await using sessions = new Sessions();
  const made = await sessions.boctl(`${BOARD} create --size 4KiB --cached --as a`);
  assertEquals(made.code, 0);
  assertStringIncludes(made.err, 'boctl: started session "default"');
  const pid = await sessions.pid();

  const lines = [
    ["mmap a --fill aa", "wrote 4096 bytes to a"],
    ["device read a 0:4", "00000000\nSTALE for the device: 0x0..0x4 (4 B)"],
    ["sync a --range 0:64", "a: flush (clean) of 0x0..0x40 (64 B)"],
    ["device read a 0:4", "aaaaaaaa"],
    ["export a --rdwr --as db", "db: dma-buf of a, 4 KiB, read-write"],
    ["mmap db --as m", "m: 4 KiB of db through its dma-buf"],
    ["close m", ""],
  ] as const;
  for (const [line, wanted] of lines) {
    const gave = await sessions.boctl(line);
    assertEquals([gave.code, gave.err], [0, ""], line);
    assertStringIncludes(gave.out, wanted);
  }
  assertEquals(await held(sessions), ["panthor", "a", "db"]);

  const stopped = await sessions.boctl("session stop");
  assertEquals(stopped.code, 0);
  assertEquals(
    stopped.out,
    `session "default" ended: let go of panthor (device), a (buffer), db (dma-buf)`,
  );
  assert(!isAlive(pid));
  const left = [...Deno.readDirSync(runtimeFolder(sessions.env))].map(({ name }) => name);
  assertEquals(left, ["default.lock"]);
  assertEquals((await sessions.boctl("session status")).out, "no session runs");
});

Deno.test("a script in a session answers --json with nothing but its answer", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  const script = `${sessions.runtime}/a.boctl`;
  await Deno.writeTextFile(script, "create --size 4KiB --as a\nclose b\n");
  const { code, out } = await sessions.boctl(`run ${script} --session default --json`);
  const { ok, error } = JSON.parse(out);
  assertEquals([code, ok, error.soFar.steps.length], [2, false, 2]);
});

Deno.test("errors and answers of a session are those of a process of its own", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  const made = "create --size 5000 --as a";
  await sessions.boctl(made);
  const lines = [
    "info a --json",
    "mmap a --read 0:99999",
    "mmap a --fill 11 --read 0:4",
    "ioctl panthor BO_CREATE size=0",
    "ioctl panthor BO_CREATE size=0 --json",
    "export nothing --json",
    "create --size 1MiB --cached --private --as p , export p",
  ];
  for (const line of lines) {
    const there = await sessions.boctl(line);
    const here = await sessions.boctl(`--session none ${BOARD} ${made} , ${line}`);
    assertEquals([there.code, there.err], [here.code, here.err], line);
    // The first answer there is that of the first command.
    const answers = here.out.split("\n").slice(1);
    assertEquals(there.out, answers.join("\n"), line);
  }
});

Deno.test("files are read and written by the client, in its folder", async () => {
  await using sessions = new Sessions();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/bytes`, "hello");
    const { code, err } = await sessions.boctl(
      `${BOARD} create --size 4KiB --as a , mmap a --write 0=@bytes`,
      { cwd: folder },
    );
    assertEquals([code, err], [0, ""]);
    await sessions.boctl(`session start ${BOARD}`);
    await sessions.boctl("create --size 4KiB --as a");
    const written = await sessions.boctl("mmap a --write 0=@bytes", { cwd: folder });
    assertEquals([written.code, written.out], [0, "wrote 5 bytes to a"]);
    assertEquals((await sessions.boctl("mmap a --read 0:5")).out, "68656c6c6f");
    const missing = await sessions.boctl("mmap a --write 0=@bytes", { cwd: "/" });
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.err, "bytes: there is no such file");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a first command with a wrong device does not bind those behind it", async () => {
  await using sessions = new Sessions();
  for (const wrong of ["--device sim:panthro", "--device nosuch --backend live"]) {
    const { code } = await sessions.boctl(`create --size 4KiB ${wrong}`);
    assertEquals(code, 4, wrong);
  }
  const { code, err } = await sessions.boctl(`create --size 4KiB --as a ${BOARD}`);
  assertEquals([code, err], [0, ""]);
  assertEquals(await held(sessions), ["panthor", "a"]);
});

Deno.test("a session is not started on a device that is not there", async () => {
  await using sessions = new Sessions();
  for (const wrong of ["sim:panthro", "sim:panthor/card9", "/dev/dri/card99"]) {
    const { code, err } = await sessions.boctl(`session start --device ${wrong}`);
    assertEquals(code, 4, err);
    assertEquals((await sessions.boctl("session status")).out, "no session runs");
  }
});

Deno.test("boards, traces and records are files of the client's folder, too", async () => {
  await using sessions = new Sessions();
  const cwd = `${sessions.runtime}/a folder`;
  await Deno.mkdir(cwd);
  const panthor = new URL("../fixtures/boards/panthor.json", import.meta.url);
  await Deno.copyFile(panthor, `${cwd}/mine.json`);
  const made = await sessions.boctl("--device sim:mine.json create --size 4KiB --as a", { cwd });
  assertEquals(made.code, 0, made.err);
  const same = await sessions.boctl(`list --device sim:mine.json`, { cwd });
  assertEquals(same.code, 0, same.err);
  const other = await sessions.boctl(`list --device sim:mine.json`, { cwd: sessions.runtime });
  assertEquals(other.code, 2);
  const attested = await sessions.boctl("list , attest --out t.jsonl", { cwd });
  assertEquals(attested.code, 0, attested.err);
  const replayed = await sessions.boctl("list , replay t.jsonl", { cwd });
  assertEquals(replayed.code, 0, replayed.err);
});

/** Whether a process has let go of all it had, its sockets too; its parent may not have asked yet. */
function isGone(pid: number): boolean {
  try {
    return /^State:\tZ/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

Deno.test("a session that was killed is told of once, with exit code 5", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`${BOARD} create --size 4KiB --as a`);
  const pid = await sessions.pid();
  Deno.kill(pid, "SIGKILL");
  // While it goes down it may still take a connection, which then ends in the middle.
  for (let i = 0; i < 200 && !isGone(pid); i++) await new Promise((done) => setTimeout(done, 10));
  const lost = await sessions.boctl("list");
  assertEquals(lost.code, 5);
  assertStringIncludes(lost.err, 'session "default" has crashed: what it held is gone');
  const again = await sessions.boctl(`${BOARD} create --size 4KiB --as a`);
  assertEquals(again.code, 0);
  assertStringIncludes(again.err, "started session");
});

/** Milliseconds that a command takes: on an emulated processor mostly to start. */
async function timeOf(sessions: Sessions, line: string): Promise<number> {
  const before = performance.now();
  await sessions.boctl(line);
  return performance.now() - before;
}

Deno.test("a session that is killed in the middle of a command ends it with exit code 5", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  const pid = await sessions.pid();
  // 64 GiB of simulated memory take longer than the kill.
  await sessions.boctl("create --size 64GiB --as a");
  const startUp = await timeOf(sessions, "list");
  const running = sessions.command(["mmap", "a", "--crc32", "all"]).spawn();
  await new Promise((resolve) => setTimeout(resolve, startUp + 500));
  Deno.kill(pid, "SIGKILL");
  const { code, stderr } = await running.output();
  assertEquals(code, 5);
  assertStringIncludes(new TextDecoder().decode(stderr), "ended in the middle");
});

Deno.test("Ctrl-C ends the client's command and not the session", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  await sessions.boctl("create --size 64GiB --as a");
  const startUp = await timeOf(sessions, "list");
  const running = sessions.command(["mmap", "a", "--crc32", "all"]).spawn();
  await new Promise((resolve) => setTimeout(resolve, startUp + 500));
  running.kill("SIGINT");
  const { code } = await running.output();
  assertEquals(code, 130);
  assertEquals(await held(sessions), ["panthor", "a"]);
});

Deno.test("a session keeps no pipe of whoever started it", async () => {
  await using sessions = new Sessions();
  // The shell waits until its pipe is closed at the other end; descriptor 9 is one more of them.
  const words = ["session", "start", "--device", "sim:panthor"];
  const boctl = `"${Deno.execPath()}" run -A --cached-only --no-check cli.ts ${words.join(" ")}`;
  const child = new Deno.Command("sh", {
    args: ["-c", `{ ${boctl} 9>&1; } | cat; echo done`],
    cwd: decodeURIComponent(new URL("..", import.meta.url).pathname),
    env: { XDG_RUNTIME_DIR: sessions.runtime, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(20_000),
  });
  const { stdout } = await child.output();
  assertMatch(new TextDecoder().decode(stdout), /^session "default" runs\ndone\n$/);
  await sessions.boctl(`session start other ${BOARD}`);
  const pipes = async (name: string): Promise<number> =>
    descriptorsOf(await sessions.pid(name)).filter((link) => link.startsWith("pipe:")).length;
  assertEquals(await pipes("default"), await pipes("other"));
});

Deno.test("what a session draws fits in the terminal of who asked", async () => {
  await using sessions = new Sessions();
  await sessions.boctl("session start --device sim:panthor");
  const made = "create --size 4KiB --cached --as a , mmap a --write 0=11 , device read a 0:4";
  assertEquals((await sessions.boctl(made)).code, 0);
  const widest = async (columns: string): Promise<number> => {
    const { out } = await sessions.boctl("policy-check", { env: { COLUMNS: columns } });
    const bars = out.split("\n").filter((line) => /\|[#+.]+\|$/.test(line));
    return Math.max(...bars.map((line) => line.length));
  };
  assertEquals([await widest("200"), await widest("80")], [86, 54]);
});

Deno.test("several sessions by name have each their own", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start one ${BOARD}`);
  await sessions.boctl("session start two --device sim:panfrost");
  await sessions.boctl("create --size 4KiB --as a --session one");
  await sessions.boctl("create --size 8KiB --as a", { env: { BOCTL_SESSION: "two" } });
  const one = await sessions.boctl("info a --session one");
  const two = await sessions.boctl("info a", {
    env: { BOCTL_SESSION: sessions.place("two").socket },
  });
  assertStringIncludes(one.out, "panthor");
  assertStringIncludes(two.out, "panfrost");
  const status = await sessions.boctl("session status");
  assertMatch(status.out, /^one +process \d+ +sim:panthor +2 things held$/m);
  assertMatch(status.out, /^two +process \d+ +sim:panfrost +2 things held$/m);
  const none = await sessions.boctl("list --session three");
  assertEquals(none.code, 2);
  assertStringIncludes(none.err, 'there is no session "three"');
});

Deno.test("a session has one kernel, and says so", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  await sessions.boctl("create --size 4KiB");
  const other = await sessions.boctl("list --device sim:panfrost");
  assertEquals(other.code, 2);
  assertStringIncludes(other.err, "this session runs on sim:panthor");
  assertEquals((await sessions.boctl(`list ${BOARD}`)).code, 0);
  assertEquals((await sessions.boctl("list --backend sim")).code, 0);
  const live = await sessions.boctl("list --backend live");
  assertEquals(live.code, 2);
  assertStringIncludes(live.err, "--backend live: this session runs on sim:panthor");
});

Deno.test("a session that chose its kernel itself runs nothing that names another", async () => {
  await using sessions = new Sessions();
  await sessions.boctl("session start --backend sim");
  const made = await sessions.boctl("create --size 4KiB");
  assertEquals(made.code, 0, made.err);
  for (const other of ["--backend live", "--device sim:panfrost", "--device /dev/dri/card7"]) {
    const { code, err } = await sessions.boctl(`list ${other}`);
    assertEquals(code, 2, other);
    assertStringIncludes(err, `${other}: this session runs on sim:panthor`);
  }
  assertEquals((await sessions.boctl(`list ${BOARD}`)).code, 0);
});

Deno.test("a session that nobody uses ends, and the next command tells", async () => {
  await using sessions = new Sessions();
  // Longer than the next command takes to come, wherever that is.
  const taken = await timeOf(sessions, `--session none ${BOARD} create --size 4KiB`);
  const idle = Math.ceil(4 * taken / 1000);
  await sessions.boctl(`session start ${BOARD} --idle ${idle}`);
  await sessions.boctl("create --size 4KiB --as a");
  const pid = await sessions.pid();
  const until = performance.now() + (idle + 5) * 1000;
  while (performance.now() < until && isAlive(pid)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(!isAlive(pid));
  const gave = await sessions.boctl(`${BOARD} create --size 4KiB , list`);
  assertEquals(gave.code, 0);
  assertStringIncludes(
    gave.err,
    `boctl: session "default" ended after ${idle} s without a command; it let go of panthor, a`,
  );
  const again = await sessions.boctl(`${BOARD} create --size 4KiB , list`);
  assertEquals(again.err, "");
});

Deno.test("without the right to talk to a session a command keeps to itself, or says so", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  const { program, args } = sessions.words([]);
  const limited = async (line: string): Promise<[number, string]> => {
    const { code, stderr } = await new Deno.Command(program, {
      args: [...args.flatMap((word) => word === "-A" ? ["-R", "-E"] : [word]), ...line.split(" ")],
      env: { XDG_RUNTIME_DIR: sessions.runtime, NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
    }).output();
    return [code, new TextDecoder().decode(stderr)];
  };
  assertEquals(await limited(`${BOARD} create --size 4KiB`), [0, ""]);
  for (const line of ["list --session default", "session start", "session stop"]) {
    const [code, err] = await limited(line);
    assertEquals(code, 77, err);
    assertStringIncludes(err, 'session "default": Deno may not talk to it');
  }
  assertEquals(await held(sessions), []);
});

Deno.test("of two that stop a session at once, none kills it", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  await sessions.boctl("create --size 4KiB --as a");
  const clients = [1, 2].map(() => SessionClient.connect(sessions.place(), sessions.env));
  const stopped = await Promise.all(clients.map((client) => client?.stop()));
  for (const client of clients) await client?.close();
  assertEquals(stopped.map((one) => one?.killed), [false, false]);
  assertEquals(stopped.filter((one) => one?.status !== undefined).length, 1);
});

Deno.test("two first commands at once begin one session", async () => {
  await using sessions = new Sessions();
  const gave = await Promise.all(
    ["a", "b", "c"].map((name) => sessions.boctl(`${BOARD} create --size 4KiB --as ${name}`)),
  );
  assertEquals(gave.map(({ code }) => code), [0, 0, 0], gave.map(({ err }) => err).join("\n"));
  assertEquals((await held(sessions)).sort(), ["a", "b", "c", "panthor"]);
});

Deno.test("1,000 commands and 50 clients at once leave nothing behind", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  await sessions.boctl("create --size 64KiB --as a");
  const pid = await sessions.pid();
  const before = await settled(pid);
  const silent = new AbortController().signal;
  const run = async (line: string): Promise<number> => {
    const client = SessionClient.connect(sessions.place(), sessions.env);
    if (client === undefined) throw new Error("no session");
    const nothing = (): void => {};
    return await client.run(line.split(" "), {
      result: nothing,
      error: nothing,
      text: nothing,
      notice: nothing,
      trace: nothing,
    }, silent);
  };
  const lines = [
    "create --size 4KiB --as x , close x",
    "mmap a --read 0:16",
    "export a , close db1",
  ];
  for (let i = 0; i < 20; i++) {
    const codes = await Promise.all(
      Array.from({ length: 50 }, (_, k) => run(k % 5 === 0 ? "list" : "mmap a --fill 11@0:4096")),
    );
    assertEquals(codes.filter((code) => code !== 0), []);
  }
  for (const line of lines) await run(line);
  assertEquals(await held(sessions), ["panthor", "a"]);
  assertEquals(await settled(pid), before);
});

/** As many as a machine can hold at once: each takes some 60 MB, and guests have no swap. */
const MANY = Deno.systemMemoryInfo().total < 4 * 2 ** 30 ? 10 : 50;

Deno.test(`${MANY} processes at once are served, one after another`, async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  const gave = await Promise.all(
    Array.from({ length: MANY }, (_, i) => sessions.boctl(`create --size 4KiB --as b${i}`)),
  );
  assertEquals(gave.filter(({ code }) => code !== 0), []);
  assertEquals((await held(sessions)).length, MANY + 1);
});

Deno.test("a session that does not answer is told of, and Ctrl-C leaves it", async () => {
  await using sessions = new Sessions();
  await sessions.boctl(`session start ${BOARD}`);
  const pid = await sessions.pid();
  Deno.kill(pid, "SIGSTOP");
  try {
    const waiting = sessions.command(["list"]).spawn();
    let told = "";
    for await (const text of waiting.stderr.pipeThrough(new TextDecoderStream())) {
      const before = told;
      told += text;
      // The one line, whenever it comes; after that it ends.
      if (before === "") waiting.kill("SIGINT");
    }
    await waiting.stdout.cancel();
    assertEquals((await waiting.status).code, 130);
    assertStringIncludes(told, `boctl: session "default" (process ${pid}) does not answer`);
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
});
