import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { NotSupported, UsageError } from "../errors.ts";
import { closeDescriptor } from "../ffi/foreign_descriptor.ts";
import { openLiveKernel } from "../ffi/live_kernel.ts";
import { MAP_SHARED, PROT_READ, PROT_WRITE } from "../ffi/constants.ts";
import { ownDescriptors } from "./_own_descriptors.ts";
import type { Descriptors } from "./command.ts";
import { boctl } from "./_test_kit.ts";

const PROGRAMS = decodeURIComponent(new URL("../fixtures/programs/", import.meta.url).pathname);

/** A folder, a memfd that says "boctl", and what is under test. */
class Desk implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "boctl-give-" });
  readonly kernel = openLiveKernel();
  readonly fd: number;
  readonly notices: string[] = [];
  readonly abort = new AbortController();
  readonly descriptors: Descriptors = ownDescriptors({
    signal: this.abort.signal,
    notice: (line) => void this.notices.push(line),
  });

  constructor() {
    this.fd = this.kernel.memfdCreate("desk", 0);
    assertEquals(this.kernel.ftruncate(this.fd, 4096n), 0);
    const mapping = this.kernel.mmap(
      4096,
      PROT_READ | PROT_WRITE,
      MAP_SHARED,
      this.fd,
      0n,
      "copied",
    );
    if (typeof mapping === "number") throw new Error(`mmap: ${mapping}`);
    mapping.write(0, new TextEncoder().encode("boctl"));
    mapping.unmap();
  }

  get socket(): string {
    return `${this.folder}/socket`;
  }

  /** Its first five bytes. */
  read(fd: number): string {
    const mapping = this.kernel.mmap(4096, PROT_READ, MAP_SHARED, fd, 0n, "copied");
    if (typeof mapping === "number") throw new Error(`mmap: ${mapping}`);
    const bytes = new Uint8Array(5);
    mapping.read(0, bytes);
    mapping.unmap();
    return new TextDecoder().decode(bytes);
  }

  async compiled(name: string): Promise<string> {
    const program = `${this.folder}/${name}`;
    const { success, stderr } = await new Deno.Command("cc", {
      args: ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", program, `${PROGRAMS}${name}.c`],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kernel.close(this.fd);
    this.kernel.dispose();
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function output(words: readonly string[]): Promise<string> {
  const [program = "", ...args] = words;
  const { stdout, stderr } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Whether a program is there; where not, the test says so. */
async function has(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
    .output();
  return success;
}

const languages = [
  {
    language: "C",
    program: "cc",
    words: async (desk: Desk, name: string) => [await desk.compiled(name)],
  },
  {
    language: "Python",
    program: "python3",
    words: (_desk: Desk, name: string) => Promise.resolve(["python3", `${PROGRAMS}${name}.py`]),
  },
] as const;

for (const { language, program, words } of languages) {
  const there = await has(program);
  const missing = there ? "" : `: SKIPPED, there is no ${program}`;
  const test = (name: string, fn: () => Promise<void>): void =>
    Deno.test({ name: `${name}${missing}`, ignore: !there, fn });

  test(`a ${language} program inherits a descriptor by its number`, async () => {
    await using desk = new Desk();
    const run = (await words(desk, "read_buffer")).map((word) => `'${word}'`).join(" ");
    const line = `${run} > ${desk.folder}/out; test "$BOCTL_FD" = {}`;
    const code = await desk.descriptors.give(desk.fd, { to: "program", words: ["sh", "-c", line] });
    assertEquals(code, 0);
    assertEquals(await Deno.readTextFile(`${desk.folder}/out`), "626f63746c000000\n");
  });

  test(`a ${language} program takes a descriptor from a socket`, async () => {
    await using desk = new Desk();
    const reader = await words(desk, "read_buffer");
    const given = desk.descriptors.give(desk.fd, { to: "socket", path: desk.socket, about: "{}" });
    while (desk.notices.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals((Deno.lstatSync(desk.socket).mode ?? 0) & 0o777, 0o600);
    assertEquals(await output([...reader, desk.socket]), "626f63746c000000\n");
    assertEquals(await given, 0);
    await assertRejects(() => Deno.lstat(desk.socket), Deno.errors.NotFound);
  });

  test(`a ${language} program gives a descriptor over a socket, and by its number`, async () => {
    await using desk = new Desk();
    const [command = "", ...args] = await words(desk, "give_buffer");
    const child = new Deno.Command(command, { args: [...args, desk.socket], stdout: "piped" })
      .spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    const fd = Number(new TextDecoder().decode(value));
    const { pid } = child;
    const byNumber = await desk.descriptors.take({ from: "process", pid, fd });
    const bySocket = await desk.descriptors.take({ from: "socket", path: desk.socket });
    assertEquals([desk.read(byNumber), desk.read(bySocket)], ["given", "given"]);
    closeDescriptor(byNumber);
    closeDescriptor(bySocket);
    await reader.cancel();
    assertEquals((await child.status).code, 0);
  });
}

Deno.test("what cannot be taken is told by its reason", async () => {
  await using desk = new Desk();
  const { descriptors, folder } = desk;
  const refusals = [
    [{ from: "descriptor", fd: 4000 }, "--fd 4000: there is no such descriptor"],
    [{ from: "process", pid: 4_190_000, fd: 1 }, "--pid 4190000: there is no such process"],
    [{ from: "process", pid: Deno.pid, fd: 4000 }, "has no such descriptor"],
    [{ from: "socket", path: `${folder}/none` }, "there is no such socket"],
    [{ from: "socket", path: `/${"x".repeat(200)}` }, "ENAMETOOLONG"],
  ] as const;
  for (const [source, text] of refusals) {
    await assertRejects(() => descriptors.take(source), UsageError, text);
  }
  await assertRejects(
    () => descriptors.give(desk.fd, { to: "program", words: ["/no/such/program"] }),
    UsageError,
    "not found",
  );
  await Deno.writeTextFile(desk.socket, "");
  await assertRejects(
    () => descriptors.give(desk.fd, { to: "socket", path: desk.socket, about: "{}" }),
    UsageError,
    "something of that name is there already",
  );
  assertEquals(await Deno.readTextFile(desk.socket), "");
});

Deno.test("a program's exit code is told, and a waiting socket ends with Ctrl-C", async () => {
  await using desk = new Desk();
  const words = ["sh", "-c", "exit 77"];
  assertEquals(await desk.descriptors.give(desk.fd, { to: "program", words }), 77);
  const given = desk.descriptors.give(desk.fd, { to: "socket", path: desk.socket, about: "{}" });
  const refused = assertRejects(() => given, Error, "interrupted");
  desk.abort.abort();
  await refused;
  await assertRejects(() => Deno.lstat(desk.socket), Deno.errors.NotFound);
});

Deno.test("export and import on a simulated board hand nothing over, and say why", async () => {
  const lines = [
    "create --size 4KiB --as a , export a --exec -- true",
    "create --size 4KiB --as a , export a --socket /tmp/no-such-socket",
    "import --fd 0",
    "import --socket /tmp/no-such-socket --hold",
  ];
  for (const line of lines) {
    const { code, err } = await boctl(`--device sim:panthor ${line}`);
    assertEquals(code, new NotSupported("").exitCode, line);
    assertStringIncludes(err, "simulated");
  }
});

Deno.test("the forms of export and import that make no sense are wrong usage", async () => {
  const lines = [
    ["export a --exec", "--exec needs a program"],
    ["export a true", '"true" is one word too many'],
    ["export a --exec --socket x -- true", "exclude each other"],
    ["import", "DB is missing"],
    ["import db --fd 3", "exclude each other"],
    ["import --pid 3", "--pid needs --fd"],
    ["import db --hold", "is held already"],
  ] as const;
  for (const [line, text] of lines) {
    const { code, err } = await boctl(`--device sim:panthor ${line}`);
    assertEquals(code, 2, line);
    assertStringIncludes(err, text);
  }
});
