// Sessions as a shell uses them, on the real kernel of the guest: commands of their own that share
// what is held, a buffer that other programs get and give, a fence that nobody signals.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SessionClient } from "../session/client.ts";
import { isAlive, Sessions } from "../session/_test_kit.ts";
import type { Answers } from "../commands/_invocation.ts";
import { removeFile } from "../session/files.ts";
import { liveTest } from "./_machine.ts";

// A process takes seconds to start under emulation, and none of this depends on the kernel's version.
const amd64 = ["amd64-6.12"] as const;
const arm64 = ["arm64-7.2"] as const;
const both = [...amd64, ...arm64];

const PROGRAMS = decodeURIComponent(new URL("../fixtures/programs/", import.meta.url).pathname);

/** Links of a process's descriptors that belong to devices or buffers. */
function deviceLinks(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name }) => {
    try {
      const link = Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
      return /^\/dev\/(dri|dma_heap|udmabuf)|dmabuf/.test(link) ? [link] : [];
    } catch {
      return [];
    }
  }).sort();
}

/** Runs a line in a session from this process, without the second that a start takes here. */
async function inSession(
  sessions: Sessions,
  line: string,
  signal = new AbortController().signal,
): Promise<{ code: number; out: string; err: string }> {
  const client = SessionClient.connect(sessions.place(), sessions.env);
  if (client === undefined) throw new Error("there is no session");
  const out: string[] = [];
  const err: string[] = [];
  const answers: Answers = {
    result: ({ text }) => void out.push(text),
    error: ({ message }) => void err.push(message),
    text: (text) => void out.push(text),
    notice: (text) => void err.push(text),
    trace: (text) => void err.push(text),
  };
  const code = await client.run(line.split(" "), answers, signal);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

async function shared(device: string, driver: string): Promise<void> {
  await using sessions = new Sessions();
  const made = await sessions.boctl(`--device ${device} create --size 4KiB --as a`);
  assertEquals(made.code, 0, made.err);
  assertStringIncludes(made.err, 'started session "default"');
  const pid = await sessions.pid();
  for (
    const [line, wanted] of [
      ["export a --rdwr --as db", "db: dma-buf of a, 4 KiB, read-write"],
      ["mmap db --bracket --write 0=626f63746c", "wrote 5 bytes to db"],
      ["mmap a --read 0:5", "626f63746c"],
    ] as const
  ) {
    const gave = await sessions.boctl(line);
    assertEquals([gave.code, gave.err], [0, ""], line);
    assertStringIncludes(gave.out, wanted);
  }
  const links = deviceLinks(pid);
  assertEquals(links.filter((link) => link.includes("/dev/dri/")).length, 1);
  assert(links.some((link) => link.includes("dmabuf")), links.join());
  const closed = await sessions.boctl("close db");
  assertEquals(closed.code, 0);
  assertEquals(deviceLinks(pid).filter((link) => link.includes("dmabuf")), []);
  const stopped = await sessions.boctl("session stop");
  assertEquals(stopped.code, 0);
  assertMatch(stopped.out, new RegExp(`ended: let go of \\S+ \\(device\\), a \\(buffer\\)$`));
  assert(!isAlive(pid), `the session of ${driver} is still there`);
}

liveTest("a shell: create, export, mmap and close share a session on vgem", amd64, async () => {
  await shared("card0", "vgem");
});

liveTest("a shell: create, export, mmap and close share a session on panthor", arm64, async () => {
  await shared("panthor", "panthor");
});

/** What a program prints, once it has ended. */
async function output(command: Deno.Command): Promise<string> {
  const { stdout, stderr } = await command.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

async function compiled(folder: string, name: string): Promise<string> {
  const args = ["-std=gnu11", "-o", `${folder}/${name}`, `${PROGRAMS}${name}.c`];
  assertEquals(await output(new Deno.Command("cc", { args })), "");
  return `${folder}/${name}`;
}

async function exchanges(
  sessions: Sessions,
  folder: string,
  read: readonly string[],
  give: readonly string[],
): Promise<void> {
  const [reader = "", ...readerArgs] = read;
  // A dma-buf as an inherited descriptor.
  const ran = await sessions.command(["export", "db", "--exec", "--", ...read]).output();
  assertEquals(new TextDecoder().decode(ran.stdout), "626f63746c000000\n");
  // Over a socket.
  const path = `${folder}/give`;
  const giving = sessions.boctl(`export db --socket ${path}`);
  while (!await Deno.lstat(path).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const taken = await output(new Deno.Command(reader, { args: [...readerArgs, path] }));
  assertEquals(taken, "626f63746c000000\n");
  assertEquals((await giving).code, 0);
  // And a udmabuf of the program's, by its number and over its socket.
  const [giver = "", ...giverArgs] = give;
  const from = `${folder}/take`;
  removeFile(from);
  const child = new Deno.Command(giver, { args: [...giverArgs, from], stdout: "piped" }).spawn();
  const lines = child.stdout.getReader();
  const { value } = await lines.read();
  const fd = Number(new TextDecoder().decode(value));
  const byNumber = await inSession(sessions, `import --pid ${child.pid} --fd ${fd} --hold --as n`);
  assertEquals(byNumber.err, "");
  assertStringIncludes(byNumber.out, "exporter udmabuf");
  const bySocket = await inSession(sessions, `import --socket ${from} --on card0 --as s`);
  assertEquals([bySocket.code, bySocket.err], [0, ""]);
  for (const name of ["n", "s"]) {
    const { out, err } = await inSession(sessions, `mmap ${name} --bracket --read 0:5`);
    assertEquals([out, err], ["676976656e", ""]);
  }
  await lines.cancel();
  await child.status;
  await inSession(sessions, "close n s");
}

liveTest("C and Python programs get a dma-buf of a session's, and give it one", amd64, async () => {
  await using sessions = new Sessions();
  const folder = await Deno.makeTempDir();
  await sessions.boctl("session start --device card0");
  await inSession(sessions, "create --size 4KiB --as a , export a --rdwr --as db");
  await inSession(sessions, "mmap db --bracket --write 0=626f63746c");
  await exchanges(
    sessions,
    folder,
    [await compiled(folder, "read_buffer")],
    [await compiled(folder, "give_buffer")],
  );
  await exchanges(
    sessions,
    folder,
    ["python3", `${PROGRAMS}read_buffer.py`],
    ["python3", `${PROGRAMS}give_buffer.py`],
  );
  await Deno.remove(folder, { recursive: true });
});

liveTest(
  "a fence that nobody signals holds up neither other clients nor stop",
  both,
  async () => {
    await using sessions = new Sessions();
    await sessions.boctl("session start --device card0");
    const pid = await sessions.pid();
    await inSession(sessions, "create --size 4KiB --as a , export a --rdwr --as d");
    await inSession(sessions, "create --size 4KiB --as b");
    const attached = await inSession(sessions, "ioctl vgem FENCE_ATTACH handle=%a flags=WRITE");
    assertEquals(attached.err, "");
    const waiting = inSession(sessions, "wait d --timeout 60000").catch((error: Error) =>
      error.name
    );
    const bracketed = inSession(sessions, "mmap d --bracket --fill 11").catch((e: Error) => e.name);
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const line of ["list", "mmap b --fill 22 --read 0:2", "create --size 4KiB , close bo1"]) {
      const start = performance.now();
      const { code, err } = await inSession(sessions, line);
      assertEquals([code, err], [0, ""], line);
      assert(performance.now() - start < 1000, `${line}: ${performance.now() - start} ms`);
    }
    // Ctrl-C ends a wait and nothing else.
    const abort = new AbortController();
    const interrupted = inSession(sessions, "wait d --timeout 60000", abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
    abort.abort();
    assertEquals((await interrupted).code, 130);
    // A call that blocks in the kernel, as it is: nobody is served, and stop ends it all the same.
    const stuck = inSession(sessions, "ioctl d SYNC flags=1").catch((error: Error) => error.name);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    const client = SessionClient.connect(sessions.place(), sessions.env);
    if (client === undefined) throw new Error("there is no session");
    const stopped = await client.stop();
    await client.close();
    assert(performance.now() - start < 1000, `stop: ${performance.now() - start} ms`);
    assertEquals(stopped, { pid, status: undefined, killed: true });
    assertEquals(await Promise.all([waiting, bracketed, stuck]), Array(3).fill("SessionLost"));
    assert(!isAlive(pid));
  },
);

liveTest("stop ends commands that wait, and says what was held", both, async () => {
  await using sessions = new Sessions();
  await sessions.boctl("session start --device card0");
  await inSession(sessions, "create --size 4KiB --as a , export a --rdwr --as d");
  await inSession(sessions, "ioctl vgem FENCE_ATTACH handle=%a flags=WRITE");
  const waiting = inSession(sessions, "wait d --timeout 60000").catch((error: Error) => error.name);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const start = performance.now();
  const client = SessionClient.connect(sessions.place(), sessions.env);
  if (client === undefined) throw new Error("there is no session");
  const { status, pid } = await client.stop();
  await client.close();
  assert(performance.now() - start < 1000, `stop: ${performance.now() - start} ms`);
  assertEquals(status?.held.map(({ name }) => name), ["vgem", "a", "d"]);
  assertEquals(await waiting, "SessionLost");
  assert(!isAlive(pid));
});

liveTest("another user has nothing of a session", amd64, async () => {
  await using sessions = new Sessions();
  await sessions.boctl("session start --device card0");
  const { socket } = sessions.place();
  const asNobody = async (): Promise<{ code: number; err: string }> => {
    const { program, args } = sessions.words(["list", "--session", socket]);
    const { code, stderr } = await new Deno.Command("as-user", {
      args: ["nobody", program, ...args],
      env: { NO_COLOR: "1" },
    }).output();
    return { code, err: new TextDecoder().decode(stderr) };
  };
  // The folder keeps others out; and where it does not, the session does.
  const kept = await asNobody();
  assertEquals(kept.code, 5, kept.err);
  assertStringIncludes(kept.err, 'session "default" is another user\'s');
  Deno.chmodSync(sessions.runtime, 0o755);
  Deno.chmodSync(`${sessions.runtime}/boctl`, 0o755);
  Deno.chmodSync(socket, 0o666);
  const refused = await asNobody();
  assertEquals(refused.code, 5);
  assertStringIncludes(refused.err, 'session "default" is another user\'s');
});

liveTest(
  "a descriptor of another user's process is refused, and the reason told",
  amd64,
  async () => {
    await using sessions = new Sessions();
    const { program, args } = sessions.words([
      "--session",
      "none",
      "import",
      "--pid",
      `${Deno.pid}`,
      "--fd",
      "1",
      "--hold",
    ]);
    const { code, stderr } = await new Deno.Command("as-user", {
      args: ["nobody", program, ...args],
      env: { NO_COLOR: "1" },
    }).output();
    const err = new TextDecoder().decode(stderr);
    assertEquals(code, 3, err);
    assertStringIncludes(err, "pidfd_getfd");
    assertStringIncludes(err, "belongs to another user (0)");
    assertStringIncludes(err, "export DB --socket PATH");
  },
);
