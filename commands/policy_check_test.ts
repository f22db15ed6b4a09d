import { assertEquals } from "@std/assert";
import { boctl, withScript } from "./_test_kit.ts";

const late = "--device sim:qemu create --size 4KiB --as a , export a , export a --rdwr ,";

Deno.test("policy-check ends with exit 1 where there is an error or a warning", async () => {
  const { code, out } = await boctl(`${late} policy-check`);
  assertEquals(code, 1);
  assertEquals(out.includes("late-rdwr"), true, out);
  assertEquals(out.includes("FAIL what was done so far on sim:qemu, vgem 1.0"), true, out);
  assertEquals(out.includes("boctl explain "), true);
});

Deno.test("policy-check ends with exit 0 where rules hold or are not selected", async () => {
  assertEquals((await boctl(`${late} policy-check --select cached-export`)).code, 0);
  const clean = "--device sim:qemu create --size 4KiB --as a , close a , policy-check";
  const { code, out } = await boctl(clean);
  assertEquals([code, out.split("\n").at(-1)?.startsWith("PASS what was done so far")], [0, true]);
});

Deno.test("pictures of bytes fit in the terminal, by its COLUMNS", async () => {
  const lines = ["create --size 4KiB --cached --as a", "mmap a --write 0=11", "device read a 0:4"];
  await withScript(lines, async (path) => {
    const widest = async (env: Record<string, string>): Promise<number[]> => {
      const words = [`policy-check ${path}`, `run --policy ${path}`];
      const answers = await Promise.all(
        words.map((line) => boctl(`--device sim:panthor ${line}`, { env })),
      );
      return answers.map(({ out }) => {
        const bars = out.split("\n").filter((line) => /\|[#+.]+\|$/.test(line));
        return Math.max(...bars.map((line) => line.length));
      });
    };
    assertEquals(await widest({}), [94, 94]);
    for (const columns of ["94", "200", "x", "-1"]) {
      assertEquals(await widest({ COLUMNS: columns }), [94, 94], columns);
    }
    assertEquals(await widest({ COLUMNS: "93" }), [62, 62]);
  });
});

Deno.test("policy-check names the nearest rule, before a script runs", async () => {
  await withScript("create --size 0", async (path) => {
    const { code, err } = await boctl(`--device sim:qemu policy-check ${path} --ignore late-rdw`);
    assertEquals([code, err.split("\n")[0]], [2, 'boctl: no rule is called "late-rdw"']);
    assertEquals(err.includes('Did you mean "late-rdwr"?'), true);
  });
});

Deno.test("policy-check names a script's line in its findings, and in its errors", async () => {
  const lines = ["create --size 4KiB --as a", "export a", "export a --rdwr"];
  await withScript(lines, async (path) => {
    const { code, out } = await boctl(`--device sim:qemu policy-check ${path}`);
    assertEquals([code, out.split("\n")[0]?.startsWith(`${path}:3:1: warning late-rdwr: `)], [
      1,
      true,
    ], out);
    assertEquals(out.split("\n")[1], "    3 | export a --rdwr");
  });
  await withScript([...lines, "close nosuch"], async (path) => {
    const { code, err } = await boctl(`--device sim:qemu policy-check ${path}`);
    assertEquals([code, err.startsWith(`boctl: ${path}:4:7: no object`)], [2, true], err);
  });
});

Deno.test("explain lists the rules, tells one, and names the nearest", async () => {
  const list = await boctl("explain");
  const rules = list.out.split("\n").map((line) => line.split(" ")[0] ?? "");
  assertEquals([list.code, rules.includes("late-rdwr")], [0, true]);
  for (const rule of rules) {
    const { code, out } = await boctl(`explain ${rule}`);
    assertEquals([code, out.includes(rule)], [0, true]);
  }
  const { code, err } = await boctl("explain constructor");
  assertEquals([code, err.startsWith('boctl: explain: no rule is called "constructor"')], [
    2,
    true,
  ]);
});

Deno.test("policy-check takes a sync that is made by its own call for what it is", async () => {
  const cached = ["create --size 4KiB --cached --as a", "mmap a --write 0=11"];
  const read = "device read a 0:1";
  const heap = ["create --heap system --size 4KiB --as db", "import db --as a"];
  const write = "mmap db --write 0=11";
  const flush = (size: number): string => `ioctl . BO_SYNC ops=[handle=%a,offset=0,size=${size}]`;
  const cases: readonly (readonly [readonly string[], string, string])[] = [
    [[...cached, flush(64), read], "panthor", ""],
    [[...cached, flush(0), read], "panthor", "device-read-of-stale-bytes"],
    [[...cached, "ioctl . SYNC_BO ops=[handle=%a,size=64]", read], "panfrost", ""],
    [
      [...heap, "ioctl db SYNC flags=START|RW", write, "ioctl db SYNC flags=END|RW", read],
      "panthor",
      "",
    ],
    [[...heap, "ioctl db SYNC flags=START|READ", write], "panthor", "wrong-bracket-direction"],
  ];
  for (const [lines, board, rule] of cases) {
    await withScript(lines, async (path) => {
      const { code, out } = await boctl(
        `--device sim:${board} policy-check ${path} --severity error`,
      );
      assertEquals([code, out.includes(`error ${rule}:`)], [rule === "" ? 0 : 1, rule !== ""], out);
    });
  }
});
