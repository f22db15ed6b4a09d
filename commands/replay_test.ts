import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readTrace } from "../trace/read.ts";
import { boctl } from "./_test_kit.ts";

/** Runs an action in a directory of its own. */
async function inDirectory(action: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "boctl-test-" });
  try {
    await action(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const LINE = "create --size 4KiB --cached --as a , export a --rdwr --as d , " +
  "mmap a --write 0=c0ffee , sync a --range 0:64 --for device --access w , device read a 0:4";

/** Writes a trace in which one text is another one. */
async function altered(from: string, to: string, search: string, other: string): Promise<void> {
  const text = await Deno.readTextFile(from);
  assert(text.includes(search), search);
  await Deno.writeTextFile(to, text.replace(search, other));
}

Deno.test("--record writes a trace with the commands of a line, without where it is written", () =>
  inDirectory(async (directory) => {
    for (const option of [`--record ${directory}/a`, `--record=${directory}/b`]) {
      const { code, err } = await boctl(`--device sim:panthor ${LINE} ${option}`);
      assertEquals([code, err], [0, ""]);
    }
    const trace = await readTrace(`${directory}/a`);
    const commands = trace.lines.flatMap(({ entry }) => entry.call === "command" ? entry.text : []);
    assertEquals(commands.join(" , "), LINE);
    assertEquals(
      await Deno.readTextFile(`${directory}/a`),
      await Deno.readTextFile(`${directory}/b`),
    );
  }));

Deno.test("--record of a script says where each command stands", () =>
  inDirectory(async (directory) => {
    const script = `${directory}/s.boctl`;
    await Deno.writeTextFile(script, "# a comment\ncreate --size 4KiB\n");
    const { code } = await boctl(`--device sim:panthor run ${script} --record ${directory}/t`);
    assertEquals(code, 0);
    const { lines } = await readTrace(`${directory}/t`);
    const inScript = lines.find(({ entry }) =>
      entry.call === "command" && entry.line !== undefined
    );
    assertEquals(inScript?.entry, {
      call: "command",
      text: "create --size 4KiB",
      file: script,
      line: 2,
    });
  }));

Deno.test("--record replaces a trace and nothing else", () =>
  inDirectory(async (directory) => {
    const record = (file: string): Promise<{ code: number; err: string }> =>
      boctl(`--device sim:panthor create --size 4KiB --record ${directory}/${file}`);
    assertEquals((await record("t")).code, 0);
    const first = await Deno.readTextFile(`${directory}/t`);
    assertEquals((await record("t")).code, 0);
    assertEquals(await Deno.readTextFile(`${directory}/t`), first);
    await Deno.writeTextFile(`${directory}/empty`, "");
    assertEquals((await record("empty")).code, 0);
    await Deno.writeTextFile(`${directory}/letter`, "Dear reader");
    const { code, err } = await record("letter");
    assertEquals(code, 2);
    assertStringIncludes(err, "the file exists and is no trace: it is not overwritten");
    assertEquals(await Deno.readTextFile(`${directory}/letter`), "Dear reader");
    assertEquals((await record("no/such/directory")).code, 2);
    assertEquals((await boctl(`diff a b --record ${directory}/u`)).code, 2);
  }));

Deno.test("--record on a full disk is ENOSPC, exit 3", async () => {
  const { code, err } = await boctl(
    "--device sim:panthor create --size 4KiB --record /dev/full",
  );
  assertEquals(code, 3);
  assertStringIncludes(err, "write on /dev/full: ENOSPC: the trace ends here");
});

Deno.test("--record of a process that is killed leaves a trace that can be replayed", () =>
  inDirectory(async (directory) => {
    const [script, file] = [`${directory}/s.boctl`, `${directory}/t`];
    const act = "mmap a --write 0=c0ffee --read 0:4\n";
    await Deno.writeTextFile(script, `create --size 4KiB --as a\n${act.repeat(100_000)}`);
    const cli = decodeURIComponent(new URL("../cli.ts", import.meta.url).pathname);
    const words = ["run", "-A", "--no-check", "--cached-only", cli, "run", script, "--quiet"];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...words, "--device", "sim:panthor", "--record", file],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const size = async (): Promise<number> =>
      await Deno.stat(file).then((info) => info.size, () => 0);
    while (await size() < 20_000) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGKILL");
    assertEquals((await child.status).signal, "SIGKILL");
    const { code, out } = await boctl(`replay ${file} --device sim:panthor`);
    assertEquals(code, 0, out);
    assert((await readTrace(file)).lines.length > 50);
  }));

Deno.test("replay finds the same answers on the same board, and names who gave them", () =>
  inDirectory(async (directory) => {
    await boctl(`--device sim:panthor ${LINE} --record ${directory}/t`);
    const { code, out } = await boctl(`replay ${directory}/t --device sim:panthor`);
    assertEquals(code, 0);
    assertStringIncludes(
      out,
      "sim:panthor (Linux 7.2.13) and sim:panthor (Linux 7.2.13) answer the same: ",
    );
    assertStringIncludes(out, " calls replayed; left out: 1 looking around");
  }));

Deno.test("replay shows the first difference, both sides, its command and the calls before", () =>
  inDirectory(async (directory) => {
    await boctl(`--device sim:panthor ${LINE} --record ${directory}/t`);
    const { code, out } = await boctl(`replay ${directory}/t --device sim:qemu-arm64@6.12`);
    assertEquals(code, 1);
    const [head, result] = out.split("\n");
    assert(/t:\d+: another answer$/.test(head ?? ""), head);
    assertEquals(result, "  result: recorded 0, here EINVAL");
    for (
      const text of [
        "  command: create --size 4KiB --cached --as a",
        "DRM_IOCTL_PANTHOR_DEV_QUERY",
        "  recorded ",
        "flags=WB_MMAP",
      ]
    ) assertStringIncludes(out, text);
  }));

Deno.test("replay --keep-going goes on, and leaves out what hangs on a difference", () =>
  inDirectory(async (directory) => {
    await boctl(`--device sim:panthor ${LINE} --record ${directory}/t`);
    const { out } = await boctl(
      `replay ${directory}/t --keep-going --json --device sim:qemu-arm64@6.12`,
    );
    const { differences, leftOut } = JSON.parse(out).result;
    assert(differences.length > 1);
    assert(leftOut["on what differs"] > 0);
  }));

Deno.test("replay compares facts about the machine with --strict alone", () =>
  inDirectory(async (directory) => {
    await boctl(`--device sim:panthor create --size 4KiB --record ${directory}/t`);
    await altered(`${directory}/t`, `${directory}/u`, '"gpu_id":2825322501', '"gpu_id":1');
    const on = `replay ${directory}/u --device sim:panthor`;
    assertEquals((await boctl(on)).code, 0);
    const strict = await boctl(`${on} --strict`);
    assertEquals(strict.code, 1);
    assertStringIncludes(strict.out, "out.pointer.gpu_id: recorded 1, here 2825322501");
  }));

Deno.test("replay on a board without the device is a skip, but for one that was only asked", () =>
  inDirectory(async (directory) => {
    await boctl(`--device sim:panthor create --size 4KiB --record ${directory}/t`);
    const { code, err } = await boctl(`replay ${directory}/t --device sim:panfrost`);
    assertEquals(code, 77);
    assertStringIncludes(err, "works on panthor's render node, which sim:panfrost lacks");
    await boctl(`--device sim:panthor/vgem create --size 4KiB --record ${directory}/vgem`);
    const asked = await boctl(`replay ${directory}/vgem --device sim:panfrost`);
    assertEquals(asked.code, 0);
    assertStringIncludes(asked.out, "asking a device that is not here");
  }));

Deno.test("replay refuses to open what is no device, and bytes that the trace does not hold", () =>
  inDirectory(async (directory) => {
    const trace = `${directory}/t`;
    await boctl(
      `--device sim:panthor create --size 4KiB , mmap bo1 --write 0=00 --record ${trace}`,
    );
    const [header] = (await Deno.readTextFile(trace)).split("\n");
    const open = { call: "open", path: "/etc/passwd", flags: "O_RDWR", result: "f1" };
    await Deno.writeTextFile(`${trace}1`, `${header}\n${JSON.stringify(open)}\n`);
    const { code, err } = await boctl(`replay ${trace}1 --device sim:panthor`);
    assertEquals(code, 2);
    assertStringIncludes(err, ":2: opens /etc/passwd: a replay opens device nodes");
    await altered(
      trace,
      `${trace}2`,
      '"bytes":{"hex":"00"}',
      `"bytes":{"sha256":"${"0".repeat(64)}"}`,
    );
    assertEquals((await boctl(`replay ${trace}2 --device sim:panthor`)).code, 77);
  }));

Deno.test("replay says where a trace ends that was cut off, and replays what is there", () =>
  inDirectory(async (directory) => {
    await boctl(`--device sim:panthor ${LINE} --record ${directory}/t`);
    const text = await Deno.readTextFile(`${directory}/t`);
    await Deno.writeTextFile(`${directory}/t`, text.slice(0, -30));
    const { code, err } = await boctl(`replay ${directory}/t --device sim:panthor`);
    assertEquals(code, 0);
    assertStringIncludes(err, "the last line is cut off and left out");
  }));

Deno.test("diff finds traces alike that differ in names and minor numbers alone", () =>
  inDirectory(async (directory) => {
    const line = (node: string): string =>
      `open ${node} --as p , create --on p --size 4KiB --as a , export a --as d , import d --on p`;
    await boctl(`--device sim:panthor ${line("renderD128")} --record ${directory}/a`);
    await boctl(`--device sim:qemu-arm64 ${line("renderD131")} --record ${directory}/b`);
    const { code, out } = await boctl(`diff ${directory}/a ${directory}/b`);
    assertEquals(code, 0, out);
    assertEquals((await boctl(`diff ${directory}/a ${directory}/b --strict`)).code, 1);
  }));

Deno.test("diff shows both sides of the first difference, and which trace ends", () =>
  inDirectory(async (directory) => {
    const record = (line: string, file: string): Promise<unknown> =>
      boctl(`--device sim:panthor ${line} --record ${directory}/${file}`);
    await record("create --size 4KiB", "a");
    await record("create --size 8KiB", "b");
    const { code, out } = await boctl(`diff ${directory}/a ${directory}/b`);
    assertEquals(code, 1);
    assertStringIncludes(out, "in.size: 4096, 8192");
    assertStringIncludes(out, "command: create --size 4KiB");
    assertStringIncludes(out, "command: create --size 8KiB");
    const text = await Deno.readTextFile(`${directory}/a`);
    const shorter = text.trimEnd().split("\n").slice(0, -1).join("\n");
    await Deno.writeTextFile(`${directory}/c`, `${shorter}\n`);
    const ended = await boctl(`diff ${directory}/a ${directory}/c`);
    assertEquals(ended.code, 1);
    assertStringIncludes(ended.out, "/c ends after ");
    assertEquals((await boctl(`diff ${directory}/a LICENSE`)).code, 2);
  }));
