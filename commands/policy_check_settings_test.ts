import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl, withScript } from "./_test_kit.ts";

const LATE = ["create --size 4KiB --as a", "export a", "export a --rdwr"];
const ON = "--device sim:qemu policy-check";

/** A folder with a script in `scripts/`, and files beside that. */
async function inProject(
  lines: readonly string[],
  files: Readonly<Record<string, string>>,
  action: (script: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/scripts`);
    const script = `${folder}/scripts/s.boctl`;
    await Deno.writeTextFile(script, `${lines.join("\n")}\n`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await action(script, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
}

Deno.test("--severity says what fails and is shown; what is below is counted", async () => {
  await withScript(LATE, async (path) => {
    const usual = await boctl(`${ON} ${path}`);
    assertEquals([usual.code, usual.out.includes("note left-open")], [1, false]);
    const error = await boctl(`${ON} ${path} --severity error`);
    assertEquals([error.code, error.out.includes("warning late-rdwr")], [0, false]);
    assertStringIncludes(error.out, "0 errors, 1 warning, ");
    const notes = await boctl(`${ON} ${path} --severity note --select left-open`);
    assertEquals([notes.code, notes.out.includes("note left-open")], [1, true]);
    const shown = await boctl(`${ON} ${path} --notes --select left-open`);
    assertEquals([shown.code, shown.out.includes("note left-open")], [0, true]);
  });
});

Deno.test("--profile kernel leaves out what only the threads ask", async () => {
  const lines = ["create --size 4KiB --cached --as a", "export a --rdwr"];
  await withScript(lines, async (path) => {
    const on = "--device sim:panthor policy-check";
    const cached = "--select cached-export";
    assertEquals((await boctl(`${on} ${path} ${cached}`)).code, 1);
    // Nothing is left to check.
    assertEquals((await boctl(`${on} ${path} ${cached} --profile kernel`)).code, 77);
  });
});

Deno.test("boctl.jsonc is found from the script's folder upward; options go before it", async () => {
  const config = '{ "ignore": ["late-rdwr"] } // known';
  await inProject(LATE, { "boctl.jsonc": config, "other.jsonc": "{}" }, async (script, folder) => {
    assertEquals((await boctl(`${ON} ${script}`)).code, 0);
    assertEquals((await boctl(`${ON} ${script} --ignore left-open`)).code, 1);
    assertEquals((await boctl(`${ON} ${script} --config ${folder}/other.jsonc`)).code, 1);
    assertEquals((await boctl(`--device sim:qemu run ${script} --policy`)).code, 0);
    await Deno.writeTextFile(`${folder}/scripts/boctl.jsonc`, '{ "severity": "warning" }');
    assertEquals((await boctl(`${ON} ${script}`)).code, 1, "the nearest one alone");
    await Deno.writeTextFile(`${folder}/scripts/boctl.jsonc`, '{ "profle": "kernel" }');
    const { code, out, err } = await boctl(`${ON} ${script}`);
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, 'there is no setting "profle"');
    assertStringIncludes(err, 'Did you mean "profile"?');
  });
});

Deno.test("a baseline makes findings known until their line is changed, and is told when it is stale", async () => {
  await inProject(LATE, {}, async (script, folder) => {
    const known = `--baseline ${folder}/known.json`;
    const missing = await boctl(`${ON} ${script} ${known}`);
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.err, "--write-baseline makes it");
    const written = await boctl(`${ON} ${script} ${known} --write-baseline`);
    assertEquals(written.code, 0, written.err);
    assertStringIncludes(written.out, "1 finding of ");
    const after = await boctl(`${ON} ${script} ${known}`);
    assertEquals([after.code, after.out.includes("1 in the baseline")], [0, true]);
    await edit(script, (text) => `# a line more\n${text}`);
    assertEquals((await boctl(`${ON} ${script} ${known}`)).code, 0);
    await edit(script, (text) => `${text}export a --rdwr\n`);
    assertEquals((await boctl(`${ON} ${script} ${known}`)).code, 1, "one more than is known");
    await edit(
      script,
      (text) => text.replaceAll("--rdwr", "--rdwr --as late").split("\n", 4).join("\n"),
    );
    const changed = await boctl(`${ON} ${script} ${known}`);
    assertEquals(changed.code, 1);
    assertStringIncludes(changed.out, "which is found no more");
    const again = await boctl(`${ON} ${script} ${known} --write-baseline`);
    assertEquals(again.code, 0, again.err);
    assertEquals((await boctl(`${ON} ${script} ${known}`)).code, 0);
  });
});

Deno.test("--write-baseline keeps what is known of other scripts", async () => {
  await inProject(LATE, { "t.boctl": `${LATE.join("\n")}\n` }, async (script, folder) => {
    const known = `--baseline ${folder}/known.json`;
    await boctl(`${ON} ${script} ${known} --write-baseline`);
    await boctl(`${ON} ${folder}/t.boctl ${known} --write-baseline`);
    assertEquals((await boctl(`${ON} ${script} ${known}`)).code, 0);
    assertEquals((await boctl(`${ON} ${folder}/t.boctl ${known}`)).code, 0);
    const nowhere = await boctl(`${ON} ${script} --write-baseline`);
    assertEquals([nowhere.code, nowhere.err.includes("--baseline FILE says where")], [2, true]);
    await Deno.writeTextFile(`${folder}/known.json`, "not mine");
    const kept = await boctl(`${ON} ${script} ${known} --write-baseline`);
    assertEquals([kept.code, await Deno.readTextFile(`${folder}/known.json`)], [2, "not mine"]);
  });
});

Deno.test("# boctl: ignore above a line or at its end ignores that rule there, with a reason", async () => {
  const [create = "", first = "", late = ""] = LATE;
  const heeded = [
    [create, first, `${late} # boctl: ignore late-rdwr -- a probe`],
    [create, first, "# why", "# boctl: ignore late-rdwr -- a probe", "# more", late],
    [create, first, "repeat 2", "# boctl: ignore late-rdwr -- a probe", late, "end"],
    [create, first, `expect ok ${late} # boctl: ignore late-rdwr -- a probe`],
  ];
  for (const lines of heeded) {
    await withScript(lines, async (path) => {
      const { code, out } = await boctl(`${ON} ${path}`);
      assertEquals([code, out.includes("ignored")], [0, true], out);
    });
  }
  await withScript(
    [create, first, "# boctl: ignore late-rdwr -- a probe", "", late],
    async (path) => {
      const { code, out } = await boctl(`${ON} ${path}`);
      assertEquals(code, 1);
      assertStringIncludes(
        out,
        `${path}:3: note: "boctl: ignore late-rdwr" stands above no command`,
      );
    },
  );
});

Deno.test("policy-check as a line of a script heeds its comments, and names its columns", async () => {
  const [create = "", first = "", late = ""] = LATE;
  const lines = [create, first, `expect ok ${late} # boctl: ignore late-rdwr -- a probe`];
  const comment = "# boctl: ignore cached-export -- later";
  await withScript([...lines, "policy-check", comment, "close a"], async (path) => {
    const { code, out } = await boctl(`--device sim:qemu run ${path}`);
    assertEquals([code, out.includes("1 ignored"), out.includes("ignores nothing")], [
      0,
      true,
      false,
    ], out);
  });
  await withScript(
    [create, first, `expect ok ${late}`, "expect exit=1 policy-check"],
    async (path) => {
      const { code, out } = await boctl(`--device sim:qemu run ${path}`);
      assertEquals(code, 0, out);
      assertStringIncludes(out, `${path}:3:11: warning late-rdwr`);
    },
  );
});

Deno.test("an ignore that is malformed is wrong usage with its place, before anything runs", async () => {
  const wrong = [
    ["# boctl: ignore late-rdwr", ":2:19: ignore late-rdwr: a reason must follow"],
    ["# boctl: ignore late-rdw -- x", ':2:19: ignore: no rule is called "late-rdw"'],
  ];
  for (const [comment = "", message = ""] of wrong) {
    await withScript(["create --size 4KiB", `export bo1 --rdwr ${comment}`], async (path) => {
      for (const line of [`policy-check ${path}`, `run ${path} --policy`]) {
        const { code, out, err } = await boctl(`--device sim:qemu ${line}`);
        assertEquals([code, out], [2, ""]);
        assertStringIncludes(err, `${path}${message}`);
      }
      assertEquals((await boctl(`--device sim:qemu run ${path} --quiet`)).code, 0);
    });
  }
});

Deno.test("two runs of policy-check give the same bytes, in every form", async () => {
  await withScript(LATE, async (path) => {
    for (const form of ["", "--json", "--tap", "--lava"]) {
      const [a, b] = [await boctl(`${ON} ${path} ${form}`), await boctl(`${ON} ${path} ${form}`)];
      assertEquals([a.code, a.out === b.out, a.out.length > 0], [1, true, true], form);
    }
    const both = await boctl(`${ON} ${path} --tap --lava`);
    assertEquals(both.code, 2);
  });
});

Deno.test("--tap, --lava and --junit have a test for each rule that was chosen", async () => {
  await withScript(LATE, async (path) => {
    const file = `${path}.xml`;
    const on = `${ON} ${path} --select late-rdwr,left-open --severity warning`;
    try {
      const { out } = await boctl(`${on} --lava --junit ${file}`);
      assertEquals(out.split("\n"), [
        "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=late-rdwr RESULT=fail>",
        "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=left-open RESULT=pass>",
      ]);
      const xml = await Deno.readTextFile(file);
      assertStringIncludes(xml, `tests="2" failures="1" skipped="0"`);
      assertStringIncludes(xml, `name="late-rdwr"><failure message="${path}:3: Export`);
    } finally {
      await Deno.remove(file);
    }
    const { out } = await boctl(`${on} --tap`);
    assertEquals(out.split("\n").slice(0, 4), [
      "TAP version 14",
      "1..2",
      `# ${path} on sim:qemu, vgem 1.0`,
      "not ok 1 - late-rdwr",
    ]);
  });
});
