import { assert, assertEquals, assertRejects } from "@std/assert";
import { closeDescriptor } from "../ffi/foreign_descriptor.ts";
import { Readiness } from "../ffi/readiness.ts";
import { socketLibc } from "../ffi/socket_libc.ts";
import { UnixSocket } from "../ffi/unix_socket.ts";
import { BrokenChannel, Channel } from "./channel.ts";

/** Both ends of a connection. */
class Pair implements AsyncDisposable {
  readonly libc = socketLibc();
  readonly readiness = new Readiness();
  readonly folder = Deno.makeTempDirSync({ prefix: "boctl-channel-" });
  readonly a: Channel;
  readonly b: Channel;

  constructor() {
    const path = `${this.folder}/socket`;
    const listener = UnixSocket.listen(this.libc, path, "seqpacket");
    const near = UnixSocket.connect(this.libc, path, "seqpacket");
    if (typeof listener === "number" || typeof near === "number") throw new Error("no socket");
    const far = listener.accept();
    if (typeof far === "number") throw new Error("no connection");
    listener.close();
    this.a = new Channel(near, this.readiness);
    this.b = new Channel(far, this.readiness);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.a.close();
    this.b.close();
    await this.readiness.close();
    this.libc.unload();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function openDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

Deno.test("messages arrive whole and in order, whatever their size", async () => {
  await using pair = new Pair();
  const sizes = [0, 1, 65_535, 65_536, 65_537, 5 << 20];
  const sent = Promise.all(
    sizes.map((size) =>
      pair.a.send({ size, text: "é\n\0" }, new Uint8Array(size).fill(size & 0xff))
    ),
  );
  for (const size of sizes) {
    const message = await pair.b.receive();
    assertEquals(message?.json, { size, text: "é\n\0" });
    assertEquals(message?.bytes.length, size);
    assert(message?.bytes.every((byte) => byte === (size & 0xff)));
  }
  await sent;
});

Deno.test("descriptors come with their message, close-on-exec, and those of none leak", async () => {
  const before = openDescriptors();
  {
    await using pair = new Pair();
    using file = Deno.openSync("/dev/zero");
    void file;
    const fd = Number(
      [...Deno.readDirSync("/proc/self/fd")].find(({ name }) => {
        try {
          return Deno.readLinkSync(`/proc/self/fd/${name}`) === "/dev/zero";
        } catch {
          return false;
        }
      })?.name,
    );
    await pair.a.send({ n: 1 });
    await pair.a.send({ n: 2 }, new Uint8Array(200_000), [fd, fd]);
    assertEquals((await pair.b.receive())?.fds, []);
    const message = await pair.b.receive();
    assertEquals(message?.fds.length, 2);
    for (const got of message?.fds ?? []) {
      assertEquals(Deno.readLinkSync(`/proc/self/fd/${got}`), "/dev/zero");
      const flags = /^flags:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${got}`))?.[1];
      assert((parseInt(flags ?? "0", 8) & 0o2000000) !== 0);
      closeDescriptor(got);
    }
    // One that nobody receives.
    await pair.a.send({ n: 3 }, undefined, [fd]);
  }
  assertEquals(openDescriptors(), before);
});

Deno.test("what is no message breaks the channel, and only it", async () => {
  const wrong = [
    Uint8Array.of(1),
    Uint8Array.of(1, 9, 0, 0, 0, 123),
    Uint8Array.of(1, 1, 0, 0, 0, 0x7d),
    Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff, 1, 2, 3),
  ];
  for (const bytes of wrong) {
    await using pair = new Pair();
    assertEquals(pair.a.socket.send(bytes), bytes.length);
    await assertRejects(() => pair.b.receive(), BrokenChannel);
  }
});

Deno.test("receive() ends with the other side, with its own, and with its signal", async () => {
  await using pair = new Pair();
  const abort = new AbortController();
  const waiting = pair.b.receive(abort.signal);
  abort.abort();
  assertEquals(await waiting, null);
  await pair.a.send({ last: true });
  pair.a.close();
  assertEquals((await pair.b.receive())?.json, { last: true });
  assertEquals(await pair.b.receive(), null);
  await pair.b.send({ nobody: "hears" });
  pair.b.close();
  assertEquals(await pair.b.receive(), null);
});
