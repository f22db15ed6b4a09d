import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { Answers } from "../commands/_invocation.ts";
import { Interrupted, SessionLost } from "../errors.ts";
import { Readiness } from "../ffi/readiness.ts";
import { socketLibc } from "../ffi/socket_libc.ts";
import { UnixSocket } from "../ffi/unix_socket.ts";
import { Channel } from "./channel.ts";
import { SessionClient } from "./client.ts";
import { removeFile } from "./files.ts";
import { lockPlace } from "./lock.ts";
import { ensureFolder, isThere, type Place } from "./paths.ts";
import type { FromClient } from "./protocol.ts";
import { serve } from "./server.ts";
import { Sessions } from "./_test_kit.ts";

const silent: Answers = {
  result: () => {},
  error: () => {},
  text: () => {},
  notice: () => {},
  trace: () => {},
};

/** A session in this process, until the action is done. */
async function withServer(
  action: (place: Place, env: Sessions["env"]) => Promise<void>,
): Promise<void> {
  await using sessions = new Sessions();
  const place = sessions.place();
  ensureFolder(`${sessions.runtime}/boctl`);
  const ready = Promise.withResolvers<void>();
  const served = serve(place, {
    device: "sim:panthor",
    backend: undefined,
    idleSeconds: 0,
    record: null,
    ready: ready.resolve,
  });
  await ready.promise;
  try {
    await action(place, sessions.env);
  } finally {
    // The client would wait for this very process to end.
    const libc = socketLibc();
    const readiness = new Readiness();
    const socket = UnixSocket.connect(libc, place.socket, "seqpacket");
    if (typeof socket !== "number") {
      const channel = new Channel(socket, readiness);
      await channel.send({ type: "stop" } satisfies FromClient);
      while (await channel.receive() !== null);
      channel.close();
    }
    await readiness.close();
    libc.unload();
    await served;
  }
}

async function run(place: Place, env: Sessions["env"], line: string): Promise<number> {
  const client = SessionClient.connect(place, env);
  if (client === undefined) throw new Error("there is no session");
  return await client.run(line.split(" "), silent, new AbortController().signal);
}

Deno.test("a session answers what is no message, no type of message and no command", async () => {
  await withServer(async (place, env) => {
    const libc = socketLibc();
    const said: Uint8Array<ArrayBuffer>[] = [
      Uint8Array.of(1),
      new TextEncoder().encode("\u0001\u0004\0\0\0null"),
      new TextEncoder().encode("\u0001\u0002\0\0\0{}"),
      new TextEncoder().encode('\u0001\u000e\0\0\0{"type":"run"}'),
    ];
    for (const bytes of said) {
      const socket = UnixSocket.connect(libc, place.socket, "seqpacket");
      assert(typeof socket !== "number");
      socket.send(bytes);
      socket.close();
    }
    libc.unload();
    assertEquals(await run(place, env, "no-such-command"), 2);
    assertEquals(await run(place, env, "create --size 4KiB --as a"), 0);
  });
});

Deno.test("a session of another version is told of, with the way on", async () => {
  await using sessions = new Sessions();
  const place = sessions.place();
  ensureFolder(`${sessions.runtime}/boctl`);
  const libc = socketLibc();
  const listener = UnixSocket.listen(libc, place.socket, "seqpacket");
  assert(typeof listener !== "number");
  const readiness = new Readiness();
  const answered = (async () => {
    await readiness.wait(listener.fd, 1);
    const socket = listener.accept();
    assert(typeof socket !== "number");
    const channel = new Channel(socket, readiness);
    await channel.send({ type: "hello", protocol: 99, version: "9.9.9", name: "x", pid: 1 });
    while (await channel.receive() !== null);
    channel.close();
  })();
  const error = await assertRejects(() => run(place, sessions.env, "list"), SessionLost);
  assertStringIncludes(error.message, 'session "default" runs boctl 9.9.9, this is ');
  assertStringIncludes(error.hint ?? "", "session stop default");
  await answered;
  listener.close();
  await readiness.close();
  libc.unload();
  await Deno.remove(place.socket);
});

Deno.test("nothing is said to a session of another user, who could have files read", async () => {
  await withServer((place, env) => {
    const other = (Deno.uid() ?? 0) + 1;
    assertThrows(
      () => SessionClient.connect(place, env, other),
      SessionLost,
      `session "default" is another user's (${place.socket})`,
    );
    return Promise.resolve();
  });
});

Deno.test("a session refuses another user's client", async () => {
  await using sessions = new Sessions();
  const place = sessions.place();
  ensureFolder(`${sessions.runtime}/boctl`);
  const ready = Promise.withResolvers<void>();
  const served = serve(place, {
    device: "sim:panthor",
    backend: undefined,
    idleSeconds: 0,
    record: null,
    uid: (Deno.uid() ?? 0) + 1,
    ready: ready.resolve,
  });
  await ready.promise;
  const told = await run(place, sessions.env, "list").catch((error: Error) => error.message);
  Deno.kill(Deno.pid, "SIGTERM");
  await served;
  assertEquals(told, `session "default" is another user's (${(Deno.uid() ?? 0) + 1})`);
});

Deno.test("Ctrl-C ends the wait for a session that does not even greet", async () => {
  await using sessions = new Sessions();
  const place = sessions.place();
  ensureFolder(`${sessions.runtime}/boctl`);
  const libc = socketLibc();
  // It listens, and is stuck before it accepts.
  using listener = UnixSocket.listen(libc, place.socket, "seqpacket") as UnixSocket;
  const client = SessionClient.connect(place, sessions.env);
  assert(client !== undefined && listener.fd >= 0);
  const signal = AbortSignal.timeout(50);
  await assertRejects(() => client.run(["list"], silent, signal), Interrupted);
  removeFile(place.socket);
  listener.close();
  libc.unload();
});

Deno.test("a second server of the same session leaves the first alone", async () => {
  await withServer(async (place, env) => {
    const second = await serve(place, {
      device: undefined,
      backend: undefined,
      idleSeconds: 0,
      record: null,
    });
    assertEquals(second, false);
    assertEquals(await run(place, env, "list"), 0);
  });
});

Deno.test("a socket that nobody listens on is a crash, unless a session begins there", async () => {
  await using sessions = new Sessions();
  const place = sessions.place();
  ensureFolder(`${sessions.runtime}/boctl`);
  const libc = socketLibc();
  const socket = UnixSocket.listen(libc, place.socket, "seqpacket");
  assert(typeof socket !== "number");
  socket.close();
  {
    using lock = lockPlace(libc, place);
    assert(lock !== undefined);
    assertEquals(SessionClient.connect(place, sessions.env), undefined);
    assert(isThere(place));
  }
  assertThrows(() => SessionClient.connect(place, sessions.env), SessionLost, "has crashed");
  assertEquals(isThere(place), false);
  libc.unload();
});
