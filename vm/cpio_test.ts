import { assertEquals } from "@std/assert";
import { cpio } from "./cpio.ts";
import { hostCommand } from "./host_command.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (word: string): Uint8Array => new TextEncoder().encode(word);

/** Names and contents in an archive, read by the rules of the format and not by the writer's. */
function read(archive: Uint8Array): { name: string; mode: number; data: string }[] {
  const entries = [];
  const field = (at: number, index: number): number =>
    parseInt(text(archive.subarray(at + 6 + index * 8, at + 14 + index * 8)), 16);
  for (let at = 0;;) {
    assertEquals(text(archive.subarray(at, at + 6)), "070701");
    const nameLength = field(at, 11);
    const size = field(at, 6);
    const name = text(archive.subarray(at + 110, at + 110 + nameLength - 1));
    const dataAt = Math.ceil((at + 110 + nameLength) / 4) * 4;
    if (name === "TRAILER!!!") return entries;
    entries.push({
      name,
      mode: field(at, 1),
      data: text(archive.subarray(dataAt, dataAt + size)),
    });
    at = Math.ceil((dataAt + size) / 4) * 4;
  }
}

Deno.test("cpio() writes folders, links and files with their modes", () => {
  const archive = cpio([
    { kind: "file", path: "init", mode: 0o755, bytes: bytes("#!/bin/sh\n") },
    { kind: "link", path: "sh", target: "/bin/busybox" },
    { kind: "folder", path: "proc" },
  ]);
  assertEquals(read(archive), [
    { name: "init", mode: 0o100755, data: "#!/bin/sh\n" },
    { name: "sh", mode: 0o120777, data: "/bin/busybox" },
    { name: "proc", mode: 0o040755, data: "" },
  ]);
});

Deno.test("cpio() adds missing parent folders before what is in them, each once", () => {
  const archive = cpio([
    { kind: "file", path: "lib/firmware/a", bytes: bytes("1") },
    { kind: "file", path: "lib/firmware/b", bytes: bytes("22") },
  ]);
  const names = read(archive).map((entry) => entry.name);
  assertEquals(names, ["lib", "lib/firmware", "lib/firmware/a", "lib/firmware/b"]);
});

Deno.test("cpio() gives a length that another archive can follow", () => {
  for (let length = 0; length < 8; length++) {
    const archive = cpio([{ kind: "file", path: "x", bytes: new Uint8Array(length) }]);
    assertEquals(archive.length % 4, 0);
  }
});

const hasCpio = await hostCommand("cpio", ["--version"]).then(() => true, () => false);

Deno.test({
  name: "cpio() writes what the cpio program lists",
  ignore: !hasCpio,
  async fn(): Promise<void> {
    const archive = cpio([{ kind: "file", path: "lib/a", bytes: bytes("abc") }]);
    const listed = await hostCommand("cpio", ["-t", "--quiet"], { stdin: archive });
    assertEquals(text(listed), "lib\nlib/a\n");
  },
});
