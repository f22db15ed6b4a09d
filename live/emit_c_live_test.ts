// The reproductions as C programs on the real kernel of the guest; `emit_c_live_host.ts` built them.
import { assertEquals, assertMatch } from "@std/assert";
import { type CProgram, FOLDER, programsFor } from "./_emit_c.ts";
import { liveTest, machine, machines } from "./_machine.ts";

interface Ended {
  readonly code: number;
  /** Standard output and standard error. */
  readonly said: string;
}

async function run({ name }: CProgram): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(`/share/${FOLDER}/${name}`, {
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

function check({ style, outcome }: CProgram, { code, said }: Ended): void {
  const codes = { "pass": 0, "different": 1, "needs the simulator": 77, "no device": 77 };
  assertEquals([code, said], [codes[outcome], said]);
  if (outcome === "different") {
    assertMatch(
      said,
      /^FAIL 12: expect EACCES mmap ro .*\(Permission denied\), recorded was -1 \(Operation not/,
    );
    return;
  }
  if (outcome === "needs the simulator") assertMatch(said, /the rest needs boctl's simulator/);
  if (outcome === "no device") assertMatch(said, /no (primary|render) node of driver \w+/);
  if (style === "plain" && outcome === "pass") {
    assertMatch(said, /^PASS: all \d+ commands went as recorded\n$/);
  }
  if (style !== "kselftest") return;
  const lines = said.trimEnd().split("\n");
  const skipped = lines.filter((line) => line.includes(" # SKIP "));
  assertEquals(lines[0], "KTAP version 1");
  assertEquals(lines[1], `1..${lines.length - 2}`);
  lines.slice(2).forEach((line, i) => assertMatch(line, new RegExp(`^ok ${i + 1} `)));
  assertEquals(skipped.length > 0, outcome !== "pass");
}

for (const name of machines) {
  // Elsewhere the same programs are another machine's.
  if (machine !== undefined && name !== machine) continue;
  for (const program of programsFor(name)) {
    liveTest(
      `${program.name} in C: ${program.outcome}${machine === undefined ? ` (${name})` : ""}`,
      [name],
      async () => check(program, await run(program)),
    );
  }
}
